// SPDX-License-Identifier: Apache-2.0
#include "questions.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

namespace chatbot {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = std::isalnum(byte) != 0 || byte >= 0x80;
    if (letter && !inside) words.emplace_back();
    if (letter) words.back() += static_cast<char>(std::tolower(byte));
    inside = letter || c == '\'';
  }
  return words;
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, word) != list.end();
}

constexpr std::array<std::string_view, 9> kQuestionWords = {"what",  "when",  "where", "who", "whom",
                                                            "whose", "which", "why",   "how"};
constexpr std::array<std::string_view, 20> kAuxiliaries = {"is",     "are",   "was",  "were", "am",  "do",   "does",
                                                           "did",    "have",  "has",  "had",  "can", "will", "would",
                                                           "should", "could", "many", "much", "old", "long"};
constexpr std::array<std::string_view, 8> kPronouns = {"i", "you", "we", "they", "he", "she", "it", "my"};
constexpr std::array<std::string_view, 8> kGreetings = {"hello", "hi", "hey", "good", "oh", "ok", "okay", "thank"};
constexpr std::array<std::string_view, 4> kRequests = {"tell", "remind", "show", "give"};

// A sentence without a question mark that is a question all the same: "what do I keep", "did I mention it", "tell me
// …".
bool sounds_like_a_question(std::string_view sentence) {
  const std::vector<std::string> words = words_of(sentence);
  if (words.size() < 2) return false;
  const std::string& first = words[0];
  const std::string& second = words[1];
  if (is_one_of(first, kQuestionWords)) {
    if (is_one_of(second, kAuxiliaries)) return true;
    for (std::size_t i = 2; i + 1 < std::min<std::size_t>(words.size(), 6); ++i) {  // "which blue seat do I like"
      if (is_one_of(words[i], kAuxiliaries) && is_one_of(words[i + 1], kPronouns)) return true;
    }
    return false;
  }
  if (is_one_of(first, kRequests)) {
    // "remind me to buy milk" is something to remember
    return second == "me" && words.size() > 2 && words[2] != "to" && words[2] != "that";
  }
  return is_one_of(first, kAuxiliaries) && is_one_of(second, kPronouns);
}

// "Good morning!", "Thanks."
bool states_nothing(std::string_view sentence) {
  const std::vector<std::string> words = words_of(sentence);
  return words.size() == 1 || (words.size() <= 3 && is_one_of(words[0], kGreetings));
}

struct Sentence {
  std::string_view text;
  bool question = false;
};

std::vector<Sentence> sentences_of(std::string_view text) {
  std::vector<Sentence> sentences;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;  // a mark ends a sentence when a space follows it, so "1.5" and "6:40" stay whole
    while (end < text.size() &&
           !(std::string_view(".!?").find(text[end]) != std::string_view::npos &&
             (end + 1 == text.size() || std::isspace(static_cast<unsigned char>(text[end + 1])) != 0))) {
      ++end;
    }
    const std::string_view sentence = text.substr(begin, end + 1 - begin);
    begin = end + 1;
    if (words_of(sentence).empty()) continue;
    const std::size_t marks = sentence.find_last_not_of(".!?\"')") + 1;
    const bool marked = sentence.find('?', marks) != std::string_view::npos || sentence.ends_with("？");
    const bool bare = marks == sentence.size();
    sentences.push_back({sentence, marked || (bare && sounds_like_a_question(sentence))});
  }
  return sentences;
}

}  // namespace

bool asks(std::string_view text) {
  const std::vector<Sentence> sentences = sentences_of(text);
  if (sentences.empty()) return false;
  const Sentence& last = sentences.back();
  return last.question ||
         (sentences.size() == 1 && is_one_of(words_of(last.text)[0], kRequests) && sounds_like_a_question(last.text));
}

bool is_pure_question(std::string_view text) {
  return asks(text) && std::ranges::all_of(sentences_of(text), [](const Sentence& sentence) {
           return sentence.question || asks(sentence.text) || states_nothing(sentence.text);
         });
}

}  // namespace chatbot
