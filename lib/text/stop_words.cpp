// SPDX-License-Identifier: Apache-2.0
// The list of stop words, sorted; a change of it is a change of tokenizer_version().
#include "text/stop_words.hpp"

#include <algorithm>
#include <iterator>

namespace mnemic::text {
namespace {

constexpr std::string_view kStopWords[] = {
    "a",        "about",  "above",   "after",      "again",    "against",    "all",       "also",    "although",
    "am",       "an",     "and",     "any",        "are",      "arent",      "as",        "at",      "be",
    "because",  "been",   "before",  "being",      "below",    "between",    "both",      "but",     "by",
    "can",      "cannot", "cant",    "could",      "couldnt",  "d",          "did",       "didnt",   "do",
    "does",     "doesnt", "doing",   "done",       "dont",     "down",       "during",    "each",    "few",
    "for",      "from",   "further", "had",        "hadnt",    "has",        "hasnt",     "have",    "havent",
    "having",   "he",     "her",     "here",       "heres",    "hers",       "herself",   "hes",     "him",
    "himself",  "his",    "how",     "hows",       "i",        "id",         "if",        "ill",     "im",
    "in",       "into",   "is",      "isnt",       "it",       "its",        "itself",    "ive",     "just",
    "lets",     "ll",     "m",       "me",         "mine",     "more",       "most",      "must",    "mustnt",
    "my",       "myself", "no",      "nor",        "not",      "of",         "off",       "on",      "once",
    "only",     "or",     "other",   "ought",      "our",      "ours",       "ourselves", "out",     "over",
    "own",      "re",     "s",       "same",       "shall",    "shant",      "she",       "shes",    "should",
    "shouldnt", "so",     "some",    "such",       "t",        "than",       "that",      "thats",   "the",
    "their",    "theirs", "them",    "themselves", "then",     "there",      "theres",    "these",   "they",
    "theyd",    "theyll", "theyre",  "theyve",     "this",     "those",      "though",    "through", "to",
    "too",      "under",  "until",   "up",         "us",       "ve",         "very",      "was",     "wasnt",
    "we",       "wed",    "were",    "werent",     "weve",     "what",       "whats",     "when",    "whens",
    "where",    "wheres", "which",   "while",      "who",      "whom",       "whos",      "whose",   "why",
    "whys",     "will",   "with",    "wont",       "would",    "wouldnt",    "yet",       "you",     "youd",
    "youll",    "your",   "youre",   "yours",      "yourself", "yourselves", "youve",
};

static_assert(std::is_sorted(std::begin(kStopWords), std::end(kStopWords)));

}  // namespace

bool is_stop_word(std::string_view folded) noexcept {
  return std::binary_search(std::begin(kStopWords), std::end(kStopWords), folded);
}

bool is_english(std::string_view snowball_language) noexcept {
  return snowball_language == "english" || snowball_language == "porter" || snowball_language == "en" ||
         snowball_language == "eng";
}

}  // namespace mnemic::text
