// SPDX-License-Identifier: Apache-2.0
#include "layers/episodic/episode.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "layers/fields.hpp"

#include <utility>

namespace mnemic {
namespace layers {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;
constexpr std::string_view kMember = "episode";

/// What is searched and shown: what happened, why, with whom.
std::string sentence(const EpisodeInput& episode) {
  std::string text = episode.text;
  if (!episode.why.empty()) text += " — " + episode.why;
  for (std::size_t i = 0; i < episode.who.size(); ++i) text += (i == 0 ? " — " : ", ") + episode.who[i];
  return text;
}

std::optional<Timestamp> end_of(const EpisodeInput& episode, Timestamp start) {
  if (episode.open && episode.end) fail(kInvalid, "end: given together with open");
  if (episode.open) return kOpenEnd;
  if (episode.end == kOpenEnd) fail(kInvalid, "end: an open end is said by open");
  if (episode.end && *episode.end < start) fail(kInvalid, "end: before start");
  return episode.end;
}

}  // namespace

MemoryInput to_input(const EpisodeInput& episode, Timestamp now, const Limits& limits) {
  if (episode.text.empty()) fail(kInvalid, "text: empty");
  for (const std::string& who : episode.who) require_name("who", who, limits);
  check_outcome(episode.outcome);
  check_sources(episode.sources, limits);
  MemoryInput input;
  input.layer = Layer::kEpisodic;
  input.key = episode.key;
  input.text = sentence(episode);
  input.session = episode.session;
  input.event_time = episode.start.value_or(now);
  input.event_end = end_of(episode, *input.event_time);
  input.importance = episode.importance;
  input.pinned = episode.pinned;
  input.tags = episode.tags;
  if (episode.trust) input.trust = *episode.trust;  // to be checked; what its sources leave of it comes later
  std::vector<Json::Member> members{{"text", episode.text}};
  if (!episode.who.empty()) members.emplace_back("who", Json::array(std::vector<Json>(episode.who.begin(), episode.who.end())));
  if (!episode.why.empty()) members.emplace_back("why", episode.why);
  members.emplace_back("outcome", to_string(episode.outcome));
  input.metadata = with_member(episode.metadata, kMember, Json::object(members), {kMember});
  return input;
}

std::optional<Episode> to_episode(Memory memory, std::string_view zone) {
  if (memory.layer != Layer::kEpisodic) return std::nullopt;
  Episode episode;
  const Json stored = memory.metadata[kMember];
  episode.text = stored["text"].as_string(memory.text);
  for (const Json& who : stored["who"].items()) episode.who.push_back(who.as_string());
  episode.why = stored["why"].as_string();
  episode.outcome = parse_outcome(stored["outcome"].as_string()).value_or(Outcome::kUnknown);
  episode.day = core::local_day(memory.event_time, zone);
  episode.memory = std::move(memory);
  return episode;
}

Json with_outcome(const Json& metadata, Outcome outcome) {
  std::vector<Json::Member> members = metadata.members();
  for (auto& [name, value] : members) {
    if (name != kMember) continue;
    std::vector<Json::Member> episode = value.members();
    std::erase_if(episode, [](const Json::Member& member) { return member.first == "outcome"; });
    episode.emplace_back("outcome", to_string(outcome));
    value = Json::object(episode);
    return Json::object(members);
  }
  members.emplace_back(kMember, Json::object({{"outcome", to_string(outcome)}}));
  return Json::object(members);
}

Filter overlaps(const TimelineOptions& options) {
  if (options.from && options.to && *options.to <= *options.from) fail(kInvalid, "to: not after from");
  if (options.from == kOpenEnd) fail(kInvalid, "from: an open end");
  std::vector<Filter> all{Filter::layer(Layer::kEpisodic)};
  // Begun before the window ends; and begun inside it, or lasting into it.
  if (options.to) all.push_back(Filter::where("event_time", Op::kLt, to_string(*options.to)));
  if (options.from) {
    const std::string from = to_string(*options.from);
    all.push_back(Filter::where("event_time", Op::kGte, from) || Filter::where("event_end", Op::kGt, from));
  }
  all.push_back(options.where);
  return Filter::all_of(std::move(all));
}

}  // namespace layers

Json to_json(const Episode& episode) {
  std::vector<Json::Member> members{{"id", episode.memory.id.to_string()}, {"text", episode.text},
                                    {"start", to_string(episode.memory.event_time)}};
  if (episode.memory.event_end) members.emplace_back("end", to_string(*episode.memory.event_end));
  if (!episode.who.empty()) members.emplace_back("who", Json::array(std::vector<Json>(episode.who.begin(), episode.who.end())));
  if (!episode.why.empty()) members.emplace_back("why", episode.why);
  members.emplace_back("outcome", to_string(episode.outcome));
  members.emplace_back("day", episode.day);
  members.emplace_back("memory", to_json(episode.memory));
  return Json::object(members);
}

}  // namespace mnemic
