// SPDX-License-Identifier: Apache-2.0
#include "random_values.hpp"

#include <algorithm>
#include <utility>

namespace mnemic::test {
namespace {

const std::vector<std::string> kTags{"food", "travel", "fo", "a/b", "%", "Food", "caf\xc3\xa9"};
const std::vector<std::string> kWords{"garden", "lisbon",  "train", "violin", "breakfast", "swimming",
                                      "doctor", "january", "cat",   "running", "caf\xc3\xa9", "paper"};
const std::vector<std::string> kKeys{"k1", "k2", "k3", "k4", "a/b", "%", "K1", "pref:seat", "k10"};

std::int64_t small(Random& random) { return random.between(-3, 6); }

Json random_scalar(Random& random) {
  switch (random.below(6)) {
    case 0: return Json(small(random));
    case 1: return Json(static_cast<double>(small(random)));  // 2 equals 2.0
    case 2: return Json(static_cast<double>(small(random)) + 0.5);
    case 3: return Json(std::to_string(small(random)));       // "2" does not
    case 4: return Json(random.chance(50));
    default: return Json(random.pick(kTags));
  }
}

Json one_member(const std::string& key, Json value) { return Json::object(std::vector<Json::Member>{{key, std::move(value)}}); }

const std::vector<std::string> kPaths{"n", "trip.n", "trip.place", "flag", "list", "nothing", "trip"};

}  // namespace

const std::vector<std::string>& odd_names() {
  static const std::vector<std::string> names{"", "ada", "bob", "a/b", "a", "%", "_", "..", "ADA", "caf\xc3\xa9", "cafe\xcc\x81", "ada%"};
  return names;
}

std::string random_word(Random& random) { return random.pick(kWords); }

std::string random_text(Random& random) {
  std::string text;
  for (std::size_t n = 2 + random.below(7); n > 0; --n) text += random.pick(kWords) + " ";
  return text;
}

Json random_metadata(Random& random) {
  if (random.chance(25)) return {};
  std::vector<Json::Member> members;
  if (random.chance(70)) members.emplace_back("n", random_scalar(random));
  if (random.chance(50)) {
    std::vector<Json::Member> trip;
    if (random.chance(80)) trip.emplace_back("n", random_scalar(random));
    if (random.chance(50)) trip.emplace_back("place", random.pick(kWords));
    members.emplace_back("trip", Json::object(trip));
  }
  if (random.chance(30)) members.emplace_back("flag", random.chance(50));
  if (random.chance(20)) members.emplace_back("list", Json::array({1, "food", 2.5}));
  if (random.chance(10)) members.emplace_back("nothing", Json());
  return Json::object(members);
}

std::vector<std::string> random_tags(Random& random) {
  std::vector<std::string> tags;
  for (const auto& tag : kTags) {
    if (random.chance(20)) tags.push_back(tag);
  }
  return tags;
}

Timestamp random_time(Random& random, Timestamp around) {
  return around + std::chrono::seconds(random.between(-5000, 5000)) + std::chrono::microseconds(random.pick({0, 1, 500'000}));
}

Timestamp random_end(Random& random, Timestamp start) {
  if (random.chance(30)) return kOpenEnd;
  return start + std::chrono::seconds(random.pick({0, 1, 60, 2000, 9000}));
}

Json random_filter_json(Random& random, const std::vector<MemoryId>& ids, Timestamp around, int depth) {
  std::vector<Json::Member> members;
  std::vector<std::string> used;
  const auto add = [&](const std::string& field, Json value) {
    if (std::find(used.begin(), used.end(), field) != used.end()) return;  // one member per field, as in any JSON object
    used.push_back(field);
    members.emplace_back(field, std::move(value));
  };
  const auto eq_or = [&](const std::string& field, std::vector<Json> pool, bool ordered) {
    const auto draw = [&] { return random.pick(pool); };
    switch (random.below(ordered ? 7 : 5)) {
      case 0: add(field, draw()); break;
      case 1: add(field, one_member("$ne", draw())); break;
      case 2: add(field, one_member("$in", Json::array({draw(), draw()}))); break;
      case 3: add(field, one_member("$nin", Json::array({draw(), draw()}))); break;
      case 4: add(field, one_member("$eq", draw())); break;
      case 5: add(field, one_member(random.pick({"$gt", "$gte", "$lt", "$lte"}), draw())); break;
      default: add(field, Json::object({{"$gte", draw()}, {"$lt", draw()}})); break;
    }
  };
  const auto strings = [](const std::vector<std::string>& values) { return std::vector<Json>(values.begin(), values.end()); };
  for (std::size_t n = depth == 0 ? random.below(3) : 1 + random.below(2); n > 0; --n) {
    switch (random.below(16)) {
      case 0: eq_or(random.pick({"user", "agent", "session", "author"}), strings(odd_names()), true); break;
      case 1: eq_or("key", strings(kKeys), true); break;
      case 2: add("key", one_member("$prefix", random.pick({"k", "k1", "", "pref"}))); break;
      case 3: eq_or("layer", {"conversational", "episodic", "semantic", "procedural"}, false); break;
      case 4: eq_or("state", {"active", "proposed", "confirmed", "rejected"}, false); break;
      case 5: eq_or("trust", {"external", "model", "tool", "user", "operator"}, true); break;
      case 6: add("pinned", random.chance(50)); break;
      case 7: eq_or("importance", {0, 0.25, 0.5, 1}, true); break;
      case 8: eq_or("version", {1, 2, 3}, true); break;
      case 9: eq_or("turn", {0, 1, 2, 5}, true); break;
      case 10: eq_or("tags", strings(kTags), false); break;
      case 11:
        eq_or(random.pick({"event_time", "created_at", "updated_at", "expires_at"}),
              {to_string(random_time(random, around)), to_string(around), to_string(random_time(random, around))}, true);
        if (random.chance(30)) eq_or("event_end", {to_string(random_time(random, around)), "open", to_string(around)}, true);
        break;
      case 12: add(random.pick({"expires_at", "turn", "event_end"}), one_member("$exists", random.chance(50))); break;
      case 13: {
        const std::string path = "metadata." + random.pick(kPaths);
        eq_or(path, {random_scalar(random), random_scalar(random), random_scalar(random)}, false);
        break;
      }
      case 14: {
        const std::string path = "metadata." + random.pick(kPaths);
        switch (random.below(3)) {
          case 0: add(path, one_member("$exists", random.chance(50))); break;
          case 1: add(path, one_member(random.pick({"$gt", "$gte", "$lt", "$lte"}), random.chance(70) ? Json(small(random)) : Json(random.pick(kTags)))); break;
          default: add(path, one_member("$prefix", random.pick({"", "f", "li", "1"}))); break;
        }
        break;
      }
      default:
        if (!ids.empty()) eq_or("id", {random.pick(ids).to_string(), random.pick(ids).to_string(), random.pick(ids).to_string()}, true);
        break;
    }
  }
  if (depth < 3 && random.chance(25)) {
    std::vector<Json> parts;
    for (std::size_t n = random.below(4); n > 0; --n) parts.push_back(random_filter_json(random, ids, around, depth + 1));
    add("$or", Json::array(parts));
  }
  if (depth < 3 && random.chance(15)) add("$not", random_filter_json(random, ids, around, depth + 1));
  return Json::object(members);
}

Filter random_filter(Random& random, const std::vector<MemoryId>& ids, Timestamp around, int depth) {
  switch (random.below(depth < 3 ? 18 : 14)) {
    case 0: return {};
    case 1: return ids.empty() ? Filter::id({}) : Filter::id(random.pick(ids));
    case 2: return Filter::key(random.pick(kKeys));
    case 3: return Filter::layer(random.pick({Layer::kConversational, Layer::kSemantic, Layer::kEpisodic}));
    case 4: return Filter::user(random.pick(odd_names()));
    case 5: return Filter::agent(random.pick(odd_names()));
    case 6: return Filter::session(random.pick(odd_names()));
    case 7: return Filter::author(random.pick(odd_names()));
    case 8: return Filter::tag(random.pick(kTags));
    case 9: return Filter::metadata(random.pick(kPaths), random.pick({Op::kEq, Op::kNe}), random_scalar(random));
    case 10: return Filter::metadata("trip.n", random.pick({Op::kGt, Op::kGte, Op::kLt, Op::kLte}), Json(small(random)));
    case 11: return Filter::between(random_time(random, around), random_time(random, around));
    case 12: return Filter::where("trust", Op::kGte, random.pick({"model", "user"}));
    case 13:
      if (random.chance(50)) return Filter::where("event_end", random.pick({Op::kGt, Op::kLte, Op::kEq}), random.chance(30) ? Json("open") : Json(to_string(around)));
      return Filter::where("importance", random.pick({Op::kGt, Op::kLte}), 0.4);
    case 14: {
      std::vector<Filter> parts;
      for (std::size_t n = random.below(4); n > 0; --n) parts.push_back(random_filter(random, ids, around, depth + 1));
      return random.chance(50) ? Filter::all_of(parts) : Filter::any_of(parts);
    }
    case 15: return random_filter(random, ids, around, depth + 1) && random_filter(random, ids, around, depth + 1);
    case 16: return random_filter(random, ids, around, depth + 1) || random_filter(random, ids, around, depth + 1);
    default: return !random_filter(random, ids, around, depth + 1);
  }
}

Memory random_memory(Random& random, Timestamp around) {
  Memory m;
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  m.id = MemoryId(bytes);
  m.name_space = {"acme", "ada"};
  if (random.chance(50)) m.key = random.pick(kKeys);
  m.layer = random.pick({Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural});
  m.text = random_text(random);
  m.user = random.pick(odd_names());
  m.agent = random.pick(odd_names());
  m.session = random.pick(odd_names());
  m.author = random.pick(odd_names());
  if (m.layer == Layer::kConversational) m.turn = random.below(6);
  m.event_time = random_time(random, around);
  if (random.chance(30)) m.event_end = random_end(random, m.event_time);
  m.time_zone = "UTC";
  m.created_at = m.updated_at = around;
  if (random.chance(30)) m.expires_at = random_time(random, around);
  m.importance = random.pick({0.0, 0.25, 0.5, 1.0});
  m.pinned = random.chance(20);
  m.trust = random.pick({Trust::kExternal, Trust::kModel, Trust::kTool, Trust::kUser, Trust::kOperator});
  m.state = random.pick({State::kActive, State::kProposed, State::kConfirmed, State::kRejected});
  m.tags = random_tags(random);
  m.metadata = random_metadata(random);
  m.version = 1 + random.below(3);
  return m;
}

}  // namespace mnemic::test
