// SPDX-License-Identifier: Apache-2.0
#include "layers/semantic/fact.hpp"

#include "core/error.hpp"
#include "layers/fields.hpp"
#include "text/fold.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mnemic {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;
constexpr std::string_view kMember = "fact";

template <typename Enum>
Enum parse_name(std::string_view what, std::string_view name, std::initializer_list<Enum> known) {
  std::string names;
  for (const Enum value : known) {
    if (to_string(value) == name) return value;
    names += names.empty() ? "" : ", ";
    names += to_string(value);
  }
  fail(kInvalid, "{}: not one of {}", what, names);
}

}  // namespace

bool Fact::is_true_at(Timestamp time) const noexcept {
  const bool stands = memory.state != State::kRejected && memory.state != State::kQuarantined &&
                      (memory.state != State::kSuperseded || holds.until.has_value());
  return stands && holds.since <= time && (!holds.until || time < *holds.until);
}

std::span<const Attribute> default_attributes() noexcept {
  constexpr auto kMany = Cardinality::kMany;
  static const std::array<Attribute, 22> attributes{{
      {"can't eat", kMany},     {"cannot eat", kMany},  {"does not eat", kMany}, {"doesn't eat", kMany}, {"dislikes", kMany},
      {"enjoys", kMany},        {"has", kMany},         {"has child", kMany},    {"has pet", kMany},     {"hates", kMany},
      {"is allergic to", kMany}, {"is interested in", kMany}, {"knows", kMany},  {"likes", kMany},       {"loves", kMany},
      {"owns", kMany},          {"plays", kMany},       {"prefers", kMany},      {"speaks", kMany},      {"uses", kMany},
      {"wants", kMany},         {"works on", kMany},
  }};
  return attributes;
}

std::string_view to_string(Cardinality cardinality) noexcept {
  return cardinality == Cardinality::kSingle ? "single" : cardinality == Cardinality::kMany ? "many" : "unknown";
}
std::string_view to_string(FactKind kind) noexcept {
  return kind == FactKind::kFact ? "fact" : kind == FactKind::kPreference ? "preference" : "unknown";
}
Result<Cardinality> parse_cardinality(std::string_view name) {
  return core::guarded("", [&] { return parse_name("cardinality", name, {Cardinality::kSingle, Cardinality::kMany}); });
}
Result<FactKind> parse_fact_kind(std::string_view name) {
  return core::guarded("", [&] { return parse_name("kind", name, {FactKind::kFact, FactKind::kPreference}); });
}

namespace layers {

std::string compared(std::string_view name) {
  std::string folded;
  text::fold(name, folded);
  std::string result;
  for (const char c : folded) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

std::optional<storage::FactKey> fact_key(Layer layer, const Json& metadata) {
  if (layer != Layer::kSemantic) return std::nullopt;
  const Json fact = metadata[kMember];
  if (!fact["subject"].is_string() || !fact["attribute"].is_string() || !fact["value"].is_string()) return std::nullopt;
  return storage::FactKey{compared(fact["subject"].as_string()), compared(fact["attribute"].as_string())};
}

std::optional<Fact> to_fact(Memory memory) {
  if (!fact_key(memory.layer, memory.metadata)) return std::nullopt;
  const Json stored = memory.metadata[kMember];
  Fact fact;
  fact.subject = stored["subject"].as_string();
  fact.attribute = stored["attribute"].as_string();
  fact.value = stored["value"].as_string();
  fact.kind = parse_fact_kind(stored["kind"].as_string()).value_or(FactKind::kFact);
  const Interval interval = interval_of(memory);
  fact.holds.since = interval.from;
  if (interval.to != kOpenEnd) fact.holds.until = interval.to;
  fact.memory = std::move(memory);
  return fact;
}

MemoryInput to_input(const FactInput& fact, Timestamp now, const Limits& limits) {
  require_name("subject", fact.subject, limits);
  require_name("attribute", fact.attribute, limits);
  require_name("value", fact.value, limits);
  if (compared(fact.subject).empty()) fail(kInvalid, "subject: nothing but spaces");
  if (compared(fact.attribute).empty()) fail(kInvalid, "attribute: nothing but spaces");
  if (to_string(fact.kind) == "unknown") fail(kInvalid, "kind: not a known one");
  if (fact.cardinality && to_string(*fact.cardinality) == "unknown") fail(kInvalid, "cardinality: not a known one");
  if (fact.state != State::kActive && fact.state != State::kConfirmed && fact.state != State::kProposed) {
    fail(kInvalid, "state: a fact is asserted as active, confirmed or proposed");
  }
  check_sources(fact.sources, limits);
  const Timestamp since = fact.since.value_or(now);
  if (since == kOpenEnd) fail(kInvalid, "since: an open end");
  if (fact.until && *fact.until <= since) fail(kInvalid, "until: not after since");
  MemoryInput input;
  input.layer = Layer::kSemantic;
  input.text = fact.text.empty() ? fact.subject + ' ' + fact.attribute + ' ' + fact.value : fact.text;
  input.session = fact.session;
  input.author = fact.author;
  input.event_time = since;
  input.event_end = fact.until.value_or(kOpenEnd);
  input.importance = fact.importance;
  input.pinned = fact.pinned;
  input.state = fact.state;
  input.tags = fact.tags;
  if (fact.trust) input.trust = *fact.trust;  // to be checked; what its sources leave of it comes later
  std::vector<Json::Member> ours{
      {"subject", fact.subject}, {"attribute", fact.attribute}, {"value", fact.value}, {"kind", to_string(fact.kind)}};
  if (fact.cardinality) ours.emplace_back("cardinality", to_string(*fact.cardinality));
  input.metadata = with_member(fact.metadata, kMember, Json::object(ours), {kMember});
  return input;
}

std::optional<Cardinality> stated_cardinality(const Json& metadata) {
  const auto stated = parse_cardinality(metadata[kMember]["cardinality"].as_string());
  return stated ? std::optional(*stated) : std::nullopt;
}

std::string stored_value(const Json& metadata) { return metadata[kMember]["value"].as_string(); }

Interval interval_of(const Memory& memory) { return {memory.event_time, memory.event_end.value_or(kOpenEnd)}; }

Cardinality default_cardinality(std::string_view compared_name) {
  const auto attributes = default_attributes();
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == compared_name; });
  return found == attributes.end() ? Cardinality::kSingle : found->cardinality;
}

}  // namespace layers

Json to_json(const Fact& fact) {
  std::vector<Json::Member> members{{"id", fact.memory.id.to_string()}, {"subject", fact.subject},
                                    {"attribute", fact.attribute},      {"value", fact.value},
                                    {"kind", to_string(fact.kind)},     {"state", to_string(fact.memory.state)},
                                    {"since", to_string(fact.holds.since)}};
  if (fact.holds.until) members.emplace_back("until", to_string(*fact.holds.until));
  members.emplace_back("memory", to_json(fact.memory));
  return Json::object(members);
}

Json to_json(const Asserted& asserted) {
  const auto ids = [](const std::vector<MemoryId>& list) {
    std::vector<Json> texts;
    for (const MemoryId id : list) texts.emplace_back(id.to_string());
    return Json::array(texts);
  };
  return Json::object({{"id", asserted.id.to_string()},
                       {"known", asserted.known},
                       {"superseded", ids(asserted.superseded)},
                       {"conflicts", ids(asserted.conflicts)}});
}

}  // namespace mnemic
