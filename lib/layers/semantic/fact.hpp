// SPDX-License-Identifier: Apache-2.0
// A fact as a memory, and a memory as a fact; how subjects, attributes and values are compared.
#pragma once

#include "layers/semantic/intervals.hpp"
#include "storage/record.hpp"

#include <mnemic/layers/facts.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mnemic::layers {

/// The form in which subjects, attributes and values are compared: folded (text/fold.hpp), runs of spaces as one.
std::string compared(std::string_view name);

/// What a memory is looked up by when it is a fact: `metadata.fact` of a semantic memory with three texts.
std::optional<storage::FactKey> fact_key(Layer layer, const Json& metadata);
/// Unset when it is none.
std::optional<Fact> to_fact(Memory memory);
/// Without sources and trust, which only the transaction knows.
/// @throws StatusError kInvalidArgument
MemoryInput to_input(const FactInput& fact, Timestamp now, const Limits& limits);
Interval interval_of(const Memory& memory);
/// What the metadata of a fact says.
std::optional<Cardinality> stated_cardinality(const Json& metadata);
std::string stored_value(const Json& metadata);

/// As built in, by its compared name; kSingle when it is not there.
Cardinality default_cardinality(std::string_view compared_name);

}  // namespace mnemic::layers
