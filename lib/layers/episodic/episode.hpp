// SPDX-License-Identifier: Apache-2.0
// An episode as a memory, and a memory as an episode.
#pragma once

#include <mnemic/layers/episodes.hpp>

#include <optional>
#include <string_view>

namespace mnemic::layers {

/// Without sources and trust, which only the transaction knows.
/// @throws StatusError kInvalidArgument
MemoryInput to_input(const EpisodeInput& episode, Timestamp now, const Limits& limits);
/// Unset when it is not of the episodic layer. One that was put by other means has its text and nothing else.
std::optional<Episode> to_episode(Memory memory, std::string_view zone);
/// The metadata of an episode with another outcome.
Json with_outcome(const Json& metadata, Outcome outcome);
/// The filter of what overlaps a window.
Filter overlaps(const TimelineOptions& options);

}  // namespace mnemic::layers
