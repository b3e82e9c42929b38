// SPDX-License-Identifier: Apache-2.0
#include "fact_tables.hpp"

#include <algorithm>

namespace chatbot {
namespace {

using mnemic::Cardinality;
using mnemic::FactKind;

constexpr auto kMany = Cardinality::kMany;
constexpr auto kPreference = FactKind::kPreference;

// clang-format off
constexpr auto kPredicates = std::to_array<Predicate>({
    {Form::kVerb, "live in", "lives in", "living in", "lives in", "live in", "", "", ValueKind::kProper},
    {Form::kBe, "living in", "", "", "lives in", "live in", "", "", ValueKind::kProper},
    {Form::kBe, "based in", "", "", "lives in", "live in", "", "", ValueKind::kProper},
    {Form::kPast, "moved to", "", "", "lives in", "live in", "", "", ValueKind::kProper},
    {Form::kPerfect, "lived in", "", "", "lives in", "live in", "", "", ValueKind::kProper},
    {Form::kPerfect, "been living in", "", "", "lives in", "live in", "", "", ValueKind::kProper},
    {Form::kPast, "was born in", "", "", "was born in", "were born in", "", "", ValueKind::kProper},
    {Form::kPast, "was born on", "", "", "was born on", "were born on", "", "", ValueKind::kDay},
    {Form::kVerb, "come from", "comes from", "", "is from", "are from", "", "", ValueKind::kProper},
    {Form::kBe, "from", "", "", "is from", "are from", "", "", ValueKind::kProper},
    {Form::kVerb, "work at", "works at", "working at", "works at", "work at", "", "", ValueKind::kProper},
    {Form::kVerb, "work for", "works for", "working for", "works at", "work at", "", "", ValueKind::kProper},
    {Form::kBe, "working at", "", "", "works at", "work at", "", "", ValueKind::kProper},
    {Form::kBe, "working for", "", "", "works at", "work at", "", "", ValueKind::kProper},
    {Form::kVerb, "work in", "works in", "working in", "works in", "work in", "", "", ValueKind::kProper},
    {Form::kVerb, "work as", "works as", "working as", "works as", "work as", "", "", ValueKind::kWork},
    {Form::kBe, "working as", "", "", "works as", "work as", "", "", ValueKind::kWork},
    {Form::kVerb, "work from home on", "works from home on", "working from home on", "works from home on",
     "work from home on", "", "", ValueKind::kDay},
    {Form::kBe, "called", "", "", "is called", "are called", "", "", ValueKind::kName},
    {Form::kBe, "allergic to", "", "", "is allergic to", "are allergic to", "", "", ValueKind::kThings, FactKind::kFact, kMany},
    {Form::kCan, "eat", "", "", "cannot eat", "cannot eat", "", "", ValueKind::kThings, FactKind::kFact, kMany},
    {Form::kVerb, "eat", "eats", "eating", "", "", "does not eat", "do not eat", ValueKind::kThings, FactKind::kFact, kMany},
    {Form::kCan, "drink", "", "", "cannot drink", "cannot drink", "", "", ValueKind::kThings, FactKind::kFact, kMany},
    {Form::kVerb, "drink", "drinks", "drinking", "", "", "does not drink", "do not drink", ValueKind::kThings, FactKind::kFact, kMany},
    {Form::kBe, "", "", "", "is", "are", "", "", ValueKind::kDiet, FactKind::kFact, kMany},
    {Form::kVerb, "speak", "speaks", "", "speaks", "speak", "", "", ValueKind::kTongues, FactKind::kFact, kMany},
    {Form::kVerb, "like", "likes", "", "likes", "like", "dislikes", "dislike", ValueKind::kThings, kPreference, kMany},
    {Form::kVerb, "enjoy", "enjoys", "", "likes", "like", "dislikes", "dislike", ValueKind::kThings, kPreference, kMany},
    {Form::kVerb, "love", "loves", "", "likes", "like", "", "", ValueKind::kThings, kPreference, kMany},
    {Form::kVerb, "adore", "adores", "", "likes", "like", "", "", ValueKind::kThings, kPreference, kMany},
    {Form::kVerb, "hate", "hates", "", "dislikes", "dislike", "", "", ValueKind::kThings, kPreference, kMany},
    {Form::kVerb, "dislike", "dislikes", "", "dislikes", "dislike", "", "", ValueKind::kThings, kPreference, kMany},
    {Form::kCan, "stand", "", "", "dislikes", "dislike", "", "", ValueKind::kThings, kPreference, kMany},
    {Form::kVerb, "prefer", "prefers", "", "prefers", "prefer", "", "", ValueKind::kThing, kPreference, kMany},
});

constexpr auto kOne = Cardinality::kSingle;
constexpr auto kRelations = std::to_array<Relation>({
    {"sister", "sister", kMany, "she"}, {"brother", "brother", kMany, "he"}, {"mother", "mother", kOne, "she"},
    {"mum", "mother", kOne, "she"}, {"mom", "mother", kOne, "she"}, {"father", "father", kOne, "he"},
    {"dad", "father", kOne, "he"}, {"husband", "husband", kOne, "he"}, {"wife", "wife", kOne, "she"},
    {"partner", "partner", kOne}, {"boyfriend", "boyfriend", kOne, "he"}, {"girlfriend", "girlfriend", kOne, "she"},
    {"fiancé", "fiancé", kOne, "he"}, {"fiancée", "fiancée", kOne, "she"}, {"son", "son", kMany, "he"},
    {"daughter", "daughter", kMany, "she"}, {"boss", "boss", kOne}, {"manager", "manager", kOne},
    {"best friend", "best friend", kOne}, {"friend", "friend", kMany}, {"teacher", "teacher", kMany},
    {"doctor", "doctor", kOne}, {"dentist", "dentist", kOne}, {"vet", "vet", kOne},
    {"landlord", "landlord", kOne, "he"}, {"landlady", "landlady", kOne, "she"}, {"neighbour", "neighbour", kMany},
    {"neighbor", "neighbour", kMany}, {"cousin", "cousin", kMany}, {"aunt", "aunt", kMany, "she"},
    {"uncle", "uncle", kMany, "he"}, {"grandmother", "grandmother", kMany, "she"},
    {"grandfather", "grandfather", kMany, "he"}, {"niece", "niece", kMany, "she"}, {"nephew", "nephew", kMany, "he"},
    {"flatmate", "flatmate", kMany}, {"roommate", "flatmate", kMany}, {"colleague", "colleague", kMany},
    {"coworker", "colleague", kMany}, {"dog", "dog", kMany}, {"cat", "cat", kMany}, {"parrot", "parrot", kMany},
    {"horse", "horse", kMany}, {"rabbit", "rabbit", kMany}, {"hamster", "hamster", kMany},
    {"tortoise", "tortoise", kMany},
});

constexpr auto kFillers = std::to_array<std::string_view>(
    {"by the way", "good morning", "good afternoon", "good evening", "to be honest", "for the record", "in fact",
     "these days", "at the moment", "right now", "please remember that", "please remember", "please note that",
     "remember that", "remember", "note that", "you should know that", "you should know", "i forgot to say",
     "i forgot to mention", "i forgot", "i told you that", "i said that", "i mean", "i meant", "correction", "update",
     "my mistake", "well", "oh", "ah", "hm", "hmm", "yes", "yeah", "yep", "no", "so", "and", "but", "because", "also",
     "then", "anyway", "actually", "honestly", "ok", "okay", "hello", "hi", "hey", "btw", "fyi", "sorry", "wait", "now",
     "nowadays", "currently", "please", "really", "thanks"});

constexpr auto kDoubts = std::to_array<std::string_view>(
    {"if", "wish", "suppose", "supposing", "imagine", "imagined", "pretend", "pretending", "unless", "whether", "maybe",
     "perhaps", "probably", "possibly", "hypothetically", "supposedly", "allegedly", "dream", "dreams", "dreamt", "dreamed",
     "dreaming", "joke", "joking", "kidding", "lie", "lied", "lying", "novel", "fiction", "pretended",
     "hope", "hoping", "sometimes", "otherwise"});

constexpr auto kHearsay = std::to_array<std::string_view>(
    {"says", "said", "say", "tells", "told", "claims", "claimed", "claim", "thinks", "thought", "think", "believes",
     "believed", "believe", "heard", "reckons", "insists", "wrote", "writes", "according", "rumour", "rumor", "seems"});
// clang-format on

}  // namespace

std::span<const Predicate> predicates() {
  return kPredicates;
}

std::span<const Relation> relations() {
  return kRelations;
}

std::optional<std::string_view> opposite(std::string_view attribute) {
  if (attribute == "likes") return "dislikes";
  if (attribute == "dislikes") return "likes";
  return std::nullopt;
}

std::span<const std::string_view> fillers() {
  return kFillers;
}

std::span<const std::string_view> doubts() {
  return kDoubts;
}

std::span<const std::string_view> hearsay() {
  return kHearsay;
}

}  // namespace chatbot
