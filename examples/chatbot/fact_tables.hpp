// SPDX-License-Identifier: Apache-2.0
// The rules of fact_rules.cpp that are data: predicates, relations, and words that make a sentence doubtful.
#pragma once

#include "fact_values.hpp"

#include <mnemic/layers/facts.hpp>

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace chatbot {

/// How a predicate is put together.
enum class Form {
  kVerb,     ///< "I live in", "she lives in", "I do not live in", "I used to live in"
  kBe,       ///< "I am allergic to", "she is allergic to"
  kCan,      ///< "I can not eat", "she can not eat"; denied by "I can eat"
  kPast,     ///< "I moved to": the same for everybody, not denied
  kPerfect,  ///< "I have lived in … since", "I have been living in … for"
};

struct Predicate {
  Form form;
  std::string_view base;       ///< after "do not"; of kBe after "am", of kCan after "can not"
  std::string_view third;      ///< kVerb: after "she"
  std::string_view gerund;     ///< kVerb: after "I stopped"
  std::string_view attribute;  ///< "": saying so is no fact
  std::string_view of_you;     ///< the same after "you"
  std::string_view denied;     ///< the attribute of "I do not …"; "": that only withdraws
  std::string_view denied_of_you;
  ValueKind value;
  mnemic::FactKind kind = mnemic::FactKind::kFact;
  mnemic::Cardinality cardinality = mnemic::Cardinality::kSingle;
};

std::span<const Predicate> predicates();

/// A person or animal somebody has.
struct Relation {
  std::string_view word;
  std::string_view name;  ///< what facts call it
  mnemic::Cardinality cardinality;
  std::string_view pronoun = {};  ///< "she" or "he"; "" may be either
};

std::span<const Relation> relations();

/// Attributes of which one ends the other for the same value: who likes tea dislikes it no more.
std::optional<std::string_view> opposite(std::string_view attribute);

/// What a clause may begin with that adds nothing: "well", "by the way", "please remember that".
std::span<const std::string_view> fillers();

/// Words that make a whole sentence doubtful: "if", "wish", "maybe".
std::span<const std::string_view> doubts();

/// Words by which somebody else says it: "says", "thinks".
std::span<const std::string_view> hearsay();

}  // namespace chatbot
