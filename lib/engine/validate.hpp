// SPDX-License-Identifier: Apache-2.0
// Bad input is refused here, with the field named, before anything else happens.
#pragma once

#include <mnemic/lifecycle/jobs.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/options.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace mnemic::engine {

/// All throw StatusError kInvalidArgument naming the field.
void validate(const MemoryInput& input, const Limits& limits);
void validate(const MemoryChange& change, const Limits& limits);
void validate(const RelationInput& relation, const Limits& limits);
void validate(const JobInput& input, const Limits& limits);
void validate(const Budget& budget);
void validate(const EmbeddingSpace& space, const Limits& limits);
void validate_relation_type(std::string_view type);
/// An interval that ends before it begins, or begins where all others end.
void validate_interval(Timestamp event_time, const std::optional<Timestamp>& event_end);
void validate_zone(std::string_view time_zone, const Limits& limits);
void validate_name(std::string_view field, std::string_view value, const Limits& limits);
void validate_text(std::string_view field, std::string_view value, std::size_t most);
/// A count that must be in [1, most].
void validate_count(std::string_view field, std::size_t value, std::size_t most);
/// Shape and values of one vector; its space is checked where the store is known.
void validate_values(std::string_view field, std::span<const float> values, std::size_t most);

}  // namespace mnemic::engine
