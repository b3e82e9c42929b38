// SPDX-License-Identifier: Apache-2.0
// The words by which fact_values.cpp tells what is a value and where it ends. Lower case.
#pragma once

#include <array>
#include <string_view>

namespace chatbot {

// clang-format off
inline constexpr auto kMonths = std::to_array<std::string_view>(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
     "december"});
inline constexpr auto kWeekdays =
    std::to_array<std::string_view>({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
                                     "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"});

// "I work at Christmas" names no place.
inline constexpr auto kFeasts = std::to_array<std::string_view>({"christmas", "easter", "ramadan", "carnival"});

// Between the words of a name, before another one with a capital: "Rua da Senhora do Monte".
inline constexpr auto kParticles =
    std::to_array<std::string_view>({"de", "da", "do", "dos", "das", "del", "della", "di", "du", "la", "le", "les", "el",
                                     "los", "of", "the", "von", "van", "der", "den", "am", "an", "upon", "y"});

// Capitals, but no names of anybody or anything.
inline constexpr auto kNoNames = std::to_array<std::string_view>(
    {"i", "american", "australian", "austrian", "belgian", "brazilian", "british", "bulgarian", "canadian", "catholic",
     "chinese", "christian", "croatian", "czech", "danish", "dutch", "english", "estonian", "european", "finnish",
     "french", "german", "greek", "hungarian", "icelandic", "indian", "irish", "israeli", "italian", "japanese", "jewish",
     "korean", "latvian", "lithuanian", "mexican", "muslim", "norwegian", "polish", "portuguese", "romanian", "russian",
     "scottish", "serbian", "slovak", "slovenian", "spanish", "swedish", "swiss", "turkish", "ukrainian", "welsh", "ok",
     "okay", "siamese", "persian", "not", "a", "late", "ill", "sick", "back"});

// In a line without capitals: words after "in" or "at" that are no place.
inline constexpr auto kNoPlaces = std::to_array<std::string_view>(
    {"a", "an", "the", "my", "your", "his", "her", "our", "their", "this", "that", "it", "fear", "peace", "hope", "hell",
     "constant", "sin", "harmony", "poverty", "luxury", "interesting", "here", "there", "home", "night", "work", "school",
     "town", "abroad", "dreams", "denial", "exile", "pain", "shame", "marketing", "sales", "finance", "shifts", "front",
     "bed", "me", "you", "him", "them", "us", "dog", "something", "another", "new", "one", "two", "what", "bigger"});

// What a thing never begins with: words that point elsewhere, or belong to another sense of the verb.
inline constexpr auto kNoThingStart = std::to_array<std::string_view>(
    {"it",   "this",  "that",  "these",   "those",   "them",  "him",  "her",    "you",   "me",    "us",     "myself",
     "to",   "how",   "what",  "when",    "where",   "who",   "why",  "which",  "my",    "your",  "his",    "their",
     "our",  "its",   "the",   "a",       "an",      "some",  "any",  "another", "more", "much",  "many",   "enough",
     "well", "alone", "out",   "late",    "early",   "here",  "there", "now",   "at",    "in",    "on",     "by",
     "with", "for",   "from",  "because", "anything", "everything", "nothing", "something", "everyone", "somebody",
     "both", "so",    "too",   "very",    "not",     "like",  "as",   "of",     "about", "one",   "ones",   "right",
     "and",  "or",    "today", "tonight", "tomorrow", "yet",  "either", "neither", "all", "most", "being", "properly",
     "up",   "off",   "down",  "than",    "together", "other", "another", "such", "i",   "we",    "they",   "he", "she",
     "straight", "breakfast", "lunch", "dinner", "fast", "slowly"});

// Words that make it doubtful what is said of a thing.
inline constexpr auto kNoThingInside = std::to_array<std::string_view>(
    {"more", "less", "better", "best", "than", "when", "until", "till", "not", "never", "only", "except", "today", "tonight",
     "tomorrow", "yet", "it", "them", "him", "he", "she", "they", "i", "you", "is", "are", "was", "were", "that", "this",
     "do", "does", "will", "would", "can", "unless", "if", "nor", "either", "least", "enough", "instead",
     "what", "how", "why", "who", "every", "one", "without", "before", "after", "during", "my", "your", "his", "her"});

// Where a thing ends.
inline constexpr auto kThingStops = std::to_array<std::string_view>(
    {"and", "or", "but", "because", "so", "too", "though", "although", "since", "which", "where", "while", "very", "now", "also",
     "anyway", "honestly", "really", "however", "again"});

// What may follow a value without touching it.
inline constexpr auto kAfterAny = std::to_array<std::string_view>(
    {"and", "but", "because", "so", "now", "too", "these days", "nowadays", "right now", "at the moment", "currently",
     "though", "although", "while", "as well", "by the way", "since", "which", "who", "where", "very much", "a lot", "not",
     "also", "anyway", "honestly", "really", "however", "as you know", "at present", "again"});
inline constexpr auto kAfterProper = std::to_array<std::string_view>({"for", "with", "last", "this", "in", "on", "recently",
                                                               "already", "as", "fluently", "at", "today",
                                                               "yesterday"});

inline constexpr auto kDiets = std::to_array<std::string_view>(
    {"vegetarian", "vegan", "pescatarian", "diabetic", "coeliac", "celiac", "lactose intolerant", "lactose-intolerant",
     "left-handed", "right-handed", "colour-blind", "colour blind", "color-blind", "color blind", "gluten intolerant"});
// clang-format on

}  // namespace chatbot
