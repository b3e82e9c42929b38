// SPDX-License-Identifier: Apache-2.0
// What must not be given, a row each. A new way for memories to go, or to be kept from somebody, gets a row here.
#include "cli/negative/suite.hpp"
#include "cli/temp_store.hpp"

#include <mnemic/layers/session.hpp>

#include <array>
#include <chrono>
#include <filesystem>

namespace mnemic::cli::negative {
namespace {

using std::chrono::hours;

void done(const Status& status) {
  if (!status) throw Error(status);
}

/// Writes the case into a namespace, with its token, a tag, and a relation from a memory that stays.
void put(const Site& site, Case& one, const Namespace& name, MemoryInput input = {}) {
  const Scope scope = site.scope(name);
  if (input.text.empty()) input.text = one.text;
  input.key = one.key = "key of " + one.token;
  input.layer = one.layer;
  if (one.layer == Layer::kConversational) input.session = one.session;
  input.tags.emplace_back("planted");
  one.id = scope.put(input).value();
  one.anchor = scope.put({.text = "An anchor for number " + std::to_string(one.number)}).value();
  done(scope.relate(one.anchor, "mentions", one.id));
  one.finder = one.asker = {name};
}

void at_home(Site& site, Case& one) { put(site, one, site.home); }

void change(Site& site, Case& one, const MemoryChange& change) { (void)site.scope().update(one.id, change).value(); }

void nothing(Site&, Case&) {}

/// With a user of its own, and a job that quotes it.
void with_job(Site& site, Case& one) {
  MemoryInput input;
  input.user = "user of " + one.token;
  put(site, one, site.home, input);
  (void)site.store.jobs().enqueue({.kind = "extract", .name_space = site.home, .payload = Json::object({{"from", one.text}})}).value();
}

void derived(Site& site, Case& one) {
  one.source = site.scope().put({.text = one.base + " (heard)"}).value();
  put(site, one, site.home, {.provenance = {.derived_from = {one.source}}, .relations = {{"derived_from", one.source, {}}}});
}

void erase(Site& site, Case& one, const EraseSelection& selection) {
  one.as_of = site.seq();  // when it was there
  (void)site.store.admin().erase(selection).value();
}

/// Another store has the memory too and erases it; a bundle brings that here.
void erase_elsewhere(Site& site, Case& one) {
  const auto place = TempStore::make("elsewhere");
  if (!place) throw Error(place.status());
  const std::filesystem::path there = place->path();
  const Store other = Store::open(there, {.embedder = nullptr, .clock = site.clock, .durability = Durability::kRelaxed}).value();
  (void)site.store.admin().export_to(there.string() + ".all", {.where = Filter::key(one.key)}).value();
  (void)other.admin().import_from(there.string() + ".all").value();
  const Seq since = other.stats().value().seq;
  (void)other.admin().erase({.ids = {one.id}}).value();
  (void)other.admin().export_to(there.string() + ".since", {.since = since}).value();
  one.as_of = site.seq();
  (void)site.store.admin().import_from(there.string() + ".since").value();
}

FactInput fact(const Case& one) {
  return {.subject = "Subject " + std::to_string(one.number), .attribute = "lives in", .value = one.token, .text = one.text, .tags = {"planted"}};
}
void state_fact(Site& site, Case& one, const FactInput& input) {
  one.layer = Layer::kSemantic;
  one.id = site.scope().facts().assert_fact(input).value().id;
  one.anchor = site.scope().put({.text = "An anchor for number " + std::to_string(one.number)}).value();
  done(site.scope().relate(one.anchor, "mentions", one.id));
  one.finder = one.asker = {site.home};
}
void plant_fact(Site& site, Case& one) { state_fact(site, one, fact(one)); }
void plant_proposal(Site& site, Case& one) {
  FactInput input = fact(one);
  input.state = State::kProposed;
  state_fact(site, one, input);
}

const Namespace kBob{"neg", "bob"};
const Namespace kBelow{"neg", "ada", "private"};
const Namespace kAlike{"neg", "adam"};
const Namespace kReader{"neg", "reader"};

const auto kKinds = std::to_array<Kind>({
    {"overwritten", "a text that an update replaced", kGone | kPast, at_home,
     [](Site& site, Case& one) {
       change(site, one, {.text = one.base});
       one.id_stays = true;
     }},
    {"overwritten_by_key", "a text that a put with the same key replaced", kGone | kPast, at_home,
     [](Site& site, Case& one) {
       MemoryInput input{.key = one.key, .layer = one.layer, .text = one.base};
       if (one.layer == Layer::kConversational) input.session = one.session;
       (void)site.scope().put(input).value();
       one.id_stays = true;
     }},
    {"fact_superseded", "a fact whose value another one took the place of", kSearch | kPast, plant_fact,
     [](Site& site, Case& one) {
       FactInput next = fact(one);
       next.value = "elsewhere";
       next.text = one.base;
       (void)site.scope().facts().assert_fact(next).value();
     }},
    {"fact_retracted", "a fact that holds no more", kSearch | kPast, plant_fact,
     [](Site& site, Case& one) { (void)site.scope().facts().retract(one.id).value(); }},
    {"fact_rejected", "a proposed fact that was never true", kSearch | kPast, plant_proposal,
     [](Site& site, Case& one) { (void)site.scope().facts().reject(one.id).value(); }},
    {"fact_of_another_time", "a fact that did not hold yet at the moment asked for", kSearch | kPast, plant_fact,
     [](Site& site, Case& one) { one.valid_at = site.clock->now() - hours(24 * 30); }},
    {"state_rejected", "a memory set to rejected", kSearch | kPast, at_home,
     [](Site& site, Case& one) { change(site, one, {.state = State::kRejected}); }},
    {"state_superseded", "a memory set to superseded", kSearch | kPast, at_home,
     [](Site& site, Case& one) { change(site, one, {.state = State::kSuperseded}); }},
    {"quarantined", "a memory in quarantine", kSearch | kPast, at_home,
     [](Site& site, Case& one) { change(site, one, {.state = State::kQuarantined}); }},
    {"expired", "a memory whose time has passed", kGone | kPast,
     [](Site& site, Case& one) { put(site, one, site.home, {.expires_at = site.clock->now() + kShortLife}); }, nothing},
    {"expired_by_update", "a memory that was given an end, now past", kGone | kPast, at_home,
     [](Site& site, Case& one) { change(site, one, {.expires_at = std::optional<Timestamp>(site.clock->now())}); }},
    {"forgotten", "a memory forgotten by its id", kGone | kPast, at_home,
     [](Site& site, Case& one) { (void)site.scope().forget(one.id).value(); }},
    {"forgotten_by_filter", "a memory forgotten by a filter", kGone | kPast, at_home,
     [](Site& site, Case& one) { (void)site.scope().forget(Filter::key(one.key)).value(); }},
    {"forgotten_in_batch", "a memory forgotten together with other writes", kGone | kPast, at_home,
     [](Site& site, Case& one) {
       (void)site.scope().write([&](Batch& batch) {
         batch.put({.text = one.base});
         batch.forget(one.id);
       }).value();
     }},
    {"popped", "a turn that was taken back", kGone | kPast,
     [](Site& site, Case& one) {
       one.layer = Layer::kConversational;
       one.session = "session of " + one.token;
       one.id = site.scope().session(one.session).append(Turn{.author = "user", .text = one.text}).value();
       one.finder = one.asker = {site.home};
     },
     [](Site& site, Case& one) { (void)site.scope().session(one.session).pop().value(); }},
    {"forgotten_with_source", "what was derived from a memory alone that was forgotten", kGone | kPast, derived,
     [](Site& site, Case& one) { (void)site.scope().forget(one.source).value(); }},
    {"recovered_and_forgotten", "a memory forgotten, recovered, and forgotten again", kGone | kPast, at_home,
     [](Site& site, Case& one) {
       (void)site.scope().forget(one.id).value();
       (void)site.scope().recover(one.id).value();
       (void)site.scope().forget(one.id).value();
     }},
    {"erased", "a memory erased by its id", kNeverWas, with_job,
     [](Site& site, Case& one) { erase(site, one, {.ids = {one.id}}); }},
    {"erased_by_user", "a memory erased with all of its user", kNeverWas, with_job,
     [](Site& site, Case& one) { erase(site, one, {.user = "user of " + one.token}); }},
    {"erased_history", "a memory that was overwritten and forgotten before it was erased", kNeverWas, with_job,
     [](Site& site, Case& one) {
       change(site, one, {.text = one.base});
       one.as_of = site.seq() - 1;
       (void)site.scope().forget(one.id).value();
       (void)site.store.admin().erase({.ids = {one.id}}).value();
     }},
    {"erased_with_source", "what was derived from a memory alone that was erased", kNeverWas, derived,
     [](Site& site, Case& one) { erase(site, one, {.ids = {one.source}}); }},
    {"erased_by_import", "a memory erased in another store, and here by its bundle", kNeverWas, with_job, erase_elsewhere},
    {"other_namespace", "a memory of another namespace", kGone | kPast, [](Site& site, Case& one) { put(site, one, kBob); },
     [](Site& site, Case& one) { one.asker = {site.home}; }},
    {"ungranted", "a memory of a namespace that nobody granted, for a scope that reads what is granted", kGone | kPast,
     [](Site& site, Case& one) { put(site, one, kBob); },
     [](Site& site, Case& one) { one.asker = {site.home, {.reach = Reach::kGranted}}; }},
    {"revoked", "a memory of a namespace whose grant was revoked", kGone | kPast,
     [](Site& site, Case& one) {
       const Namespace granted{"neg", "granted", one.token};
       put(site, one, granted);
       done(site.store.admin().grant(kReader, granted));
       one.finder = one.asker = {kReader, {.reach = Reach::kGranted}};
     },
     [](Site& site, Case& one) { done(site.store.admin().revoke(kReader, {"neg", "granted", one.token})); }},
    {"below", "a memory of a namespace below, for a scope that reads its own alone", kGone | kPast,
     [](Site& site, Case& one) { put(site, one, kBelow); }, [](Site& site, Case& one) { one.asker = {site.home}; }},
    {"alike", "a memory of a namespace whose name begins alike, for a scope with a subtree", kGone | kPast,
     [](Site& site, Case& one) { put(site, one, kAlike); },
     [](Site& site, Case& one) { one.asker = {site.home, {.reach = Reach::kSubtree}}; }},
    {"outside_scope", "a memory that the filter of the scope leaves out", kGone | kPast, at_home,
     [](Site& site, Case& one) { one.asker = {site.home, {.where = !Filter::key(one.key)}}; }},
    {"left_scope", "a memory that was changed so that the filter of the scope leaves it out", kGone | kPast,
     [](Site& site, Case& one) {
       put(site, one, site.home);
       one.finder = one.asker = {site.home, {.where = Filter::tag("planted")}};
     },
     [](Site& site, Case& one) { change(site, one, {.tags = std::vector<std::string>{"secret"}}); }},
    {"outside_filter", "a memory that the filter of the question leaves out", kSearch | kListing | kPast, at_home,
     [](Site&, Case& one) { one.where = Filter::where("key", Op::kNe, one.key); }},
    {"outside_layers", "a memory of a layer that is not asked", kSearch | kPast, at_home,
     [](Site&, Case& one) {
       for (const Layer layer : {Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural}) {
         if (layer != one.layer) one.layers.push_back(layer);
       }
     }},
    {"not_yet_written", "a memory that was written after the change asked for", kPast, at_home,
     [](Site& site, Case& one) { one.as_of = site.store.admin().find(one.id).value().seq_from - 1; }},
    {"not_yet_changed", "a text that was written after the change asked for", kPast,
     [](Site& site, Case& one) {
       put(site, one, site.home, {.text = one.base});
       change(site, one, {.text = one.text});
     },
     [](Site& site, Case& one) {
       one.as_of = site.store.admin().find(one.id).value().seq_from - 1;
       one.id_stays = true;
     }},
});

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

}  // namespace mnemic::cli::negative
