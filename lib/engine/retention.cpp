// SPDX-License-Identifier: Apache-2.0
// What was forgotten or has expired long enough ago, and what retention policies say. What is due is looked up inside the transaction
// that erases it, so that what was recovered or written meanwhile stays.
#include "engine/retention.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/erasing.hpp"
#include "engine/policies.hpp"

#include <charconv>
#include <set>

namespace mnemic::engine {
namespace {

using storage::Reader;
using storage::Writer;
using std::chrono::seconds;

constexpr std::string_view kSetting = "retained";  // when retention rules were last looked at, in microseconds
constexpr std::int64_t kLookAgain = 3'600'000'000;
constexpr std::size_t kMost = 1000;                // memories of one job

/// Memories whose time has come for one reason.
struct Due {
  std::vector<MemoryId> ids;
  EraseOptions why;
  std::optional<Policy> policy;
};

std::int64_t before(Timestamp now, seconds after) {
  const std::int64_t micros = core::to_micros(now);
  return after > seconds(micros / 1'000'000) ? std::numeric_limits<std::int64_t>::min() : micros - after.count() * 1'000'000;
}

std::string length_of(seconds time) {
  const auto days = std::chrono::duration_cast<std::chrono::days>(time);
  return days == time ? fmt::format("{} days", days.count()) : fmt::format("{} s", time.count());
}

/// Collects what nobody holds, up to a number of all together.
class Looking {
 public:
  Looking(StoreImpl& store, Reader& reader) : store_(store), reader_(reader), now_(store.options.clock->now()) {
    for (Policy& policy : policies(reader, now_)) {
      if (policy.ended) continue;
      if (policy.rule.kind == PolicyKind::kHold) {
        holds_.push_back(std::move(policy));
      } else if (policy.rule.kind == PolicyKind::kRetention) {
        rules_.push_back(std::move(policy));
      }
    }
  }

  std::vector<Due> all(bool rules) {
    std::vector<Due> found;
    const auto add = [&](Due due) {
      if (!due.ids.empty()) found.push_back(std::move(due));
    };
    const seconds window = store_.options.recover_within;
    if (window != seconds::max()) {
      Due forgotten{{}, {.reason = fmt::format("forgotten, and not recovered within {}", length_of(window))}, {}};
      reader_.forgotten_since(before(now_, window), taking(forgotten));
      add(std::move(forgotten));
      Due expired{{}, {.reason = fmt::format("expired {} ago", length_of(window))}, {}};
      reader_.expired_since(before(now_, window), taking(expired));
      add(std::move(expired));
    }
    if (!rules) return found;
    for (const Policy& policy : rules_) {
      Due due{{}, {.reason = described(policy), .by = policy.rule.owner}, policy};
      each_due(reader_, policy.rule, now_, taking(due));
      add(std::move(due));
    }
    return found;
  }

  [[nodiscard]] bool has_rules() const { return !rules_.empty(); }
  [[nodiscard]] bool full() const { return taken_.size() >= kMost; }
  [[nodiscard]] Timestamp now() const { return now_; }

 private:
  std::function<bool(const MemoryId&)> taking(Due& due) {
    return [this, &due](const MemoryId& id) {
      if (full()) return false;
      if (taken_.contains(id) || is_held(reader_, holds_, id)) return true;
      // A dry run takes nothing away from the rules that follow.
      if (!due.policy || !due.policy->rule.dry_run) taken_.insert(id);
      due.ids.push_back(id);
      return true;
    };
  }

  StoreImpl& store_;
  Reader& reader_;
  Timestamp now_;
  std::vector<Policy> holds_;
  std::vector<Policy> rules_;
  std::set<MemoryId> taken_;
};

bool look_due(Reader& reader, std::int64_t now) {
  const std::string last = reader.setting(kSetting);
  std::int64_t at = 0;
  const bool known = std::from_chars(last.data(), last.data() + last.size(), at).ec == std::errc();
  return !known || now < at || now - at >= kLookAgain;
}

/// One in an hour, unless something was erased meanwhile: what cannot be erased, because something held would go with it, is due for ever.
JobInput retain_input(Reader& reader, const Namespace& name, std::int64_t now) {
  JobInput input;
  input.kind = kRetainKind;
  input.name_space = name;
  input.key = fmt::format("{}/{}", now / kLookAgain, reader.last_erasure());
  return input;
}

}  // namespace

void each_due(Reader& reader, const PolicyInput& rule, Timestamp now, const std::function<bool(const MemoryId&)>& each) {
  const auto any = any_version(reader, rule.name_space, rule.subtree, rule.where);
  if (any) reader.unwritten_since(before(now, rule.after), *any, each);
}

void look_for_due_soon(Writer& writer) { writer.set_setting(kSetting, ""); }

void enqueue_retention(StoreImpl& store) {
  bool rules = false;
  std::vector<Due> due;
  std::optional<Namespace> name;  // the whole file is looked at; a job must have a namespace
  const std::int64_t now = store.now();
  store.database.read([&](Reader& reader) {
    Looking looking(store, reader);
    rules = looking.has_rules() && look_due(reader, now);
    due = looking.all(rules);
    name.reset();
    for (const Due& one : due) {
      if (!one.policy || !one.policy->rule.dry_run) name = reader.name_of(reader.history(one.ids.front()).front().ns);
    }
  });
  if (!rules && !name) return;
  store.database.write(Durability::kRelaxed, [&](Writer& writer) {
    if (rules) writer.set_setting(kSetting, std::to_string(now));
    for (const Due& one : due) {
      if (one.policy && one.policy->rule.dry_run) writer.count_policy(one.policy->id, now, one.ids.size());
    }
    if (name) enqueue(store, writer, retain_input(writer, *name, now));
  });
}

Status retain(StoreImpl& store, const Job& job, JobContext::Impl& context) {
  context.writes.emplace_back([&store, name = job.name_space](Writer& writer) {
    Looking looking(store, writer);
    for (const Due& due : looking.all(true)) {
      if (due.policy && due.policy->rule.dry_run) continue;
      const std::size_t erased = erase_unheld(store, writer, due.ids, due.why);
      if (due.policy && erased > 0) writer.count_policy(due.policy->id, core::to_micros(looking.now()), erased);
    }
    if (looking.full()) enqueue(store, writer, retain_input(writer, name, core::to_micros(looking.now())));
  });
  return {};
}

}  // namespace mnemic::engine
