// SPDX-License-Identifier: Apache-2.0
#include "sentences.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

namespace chatbot {
namespace {

struct Contraction {
  std::string_view written;
  std::string_view first;
  std::string_view second;
};

// With and without their apostrophes, as people type.
// clang-format off
constexpr auto kContractions = std::to_array<Contraction>({
    {"i'm", "i", "am"},          {"im", "i", "am"},           {"i've", "i", "have"},       {"ive", "i", "have"},
    {"i'd", "i", "would"},       {"i'll", "i", "will"},       {"don't", "do", "not"},      {"dont", "do", "not"},
    {"doesn't", "does", "not"},  {"doesnt", "does", "not"},   {"didn't", "did", "not"},    {"can't", "can", "not"},
    {"cant", "can", "not"},      {"cannot", "can", "not"},    {"isn't", "is", "not"},      {"isnt", "is", "not"},
    {"aren't", "are", "not"},    {"wasn't", "was", "not"},    {"weren't", "were", "not"},  {"won't", "will", "not"},
    {"haven't", "have", "not"},  {"hasn't", "has", "not"},    {"wouldn't", "would", "not"}, {"it's", "it", "is"},
    {"that's", "that", "is"},    {"he's", "he", "is"},        {"she's", "she", "is"},      {"anymore", "any", "more"},
});
// clang-format on

bool is_ascii_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

// What separates words is a space, one of these, or ASCII that is neither letter nor digit.
struct Spelling {
  std::string_view utf8;
  std::string_view plain;
};
constexpr auto kSpellings = std::to_array<Spelling>({
    {"\u2019", "'"},
    {"\u2018", "'"},
    {"\u201C", "\""},
    {"\u201D", "\""},
    {"\u201E", "\""},
    {"\u00AB", "\""},
    {"\u00BB", "\""},
    {"\u2026", "."},
    {"\u2013", ";"},
    {"\u2014", ";"},
    {"\u00A0", " "},
    {"\uFF1F", "?"},
});

std::string plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto* const spelling = std::ranges::find_if(
        kSpellings, [&](const Spelling& candidate) { return text.substr(i).starts_with(candidate.utf8); });
    if (spelling != kSpellings.end()) {
      out += spelling->plain;
      i += spelling->utf8.size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

// "Dr. Moreira": no end of a sentence.
constexpr auto kTitles = std::to_array<std::string_view>({"dr", "mr", "mrs", "ms", "prof", "st", "sr", "sra"});

class Reader {
 public:
  explicit Reader(std::string text) : text_(std::move(text)) {}

  std::vector<Sentence> read() {
    while (at_ < text_.size()) step();
    finish();
    return std::move(sentences_);
  }

 private:
  [[nodiscard]] char look(std::size_t offset) const { return at_ + offset < text_.size() ? text_[at_ + offset] : ' '; }
  [[nodiscard]] bool is_letter(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || byte >= 0x80;
  }

  void step() {
    const char c = text_[at_];
    const bool first = at_ == 0 || !is_letter(text_[at_ - 1]);
    if (c == '\n') {
      finish();
      ++at_;
    } else if (is_ascii_space(c)) {
      ++at_;
    } else if (c == '"' || (c == '\'' && first && is_letter(look(1)) && closing_apostrophe() != std::string::npos)) {
      quote();
    } else if (is_letter(c)) {
      word();
    } else if (c == '.' || c == '!' || c == '?') {
      end_mark();
    } else {
      if (std::iscntrl(static_cast<unsigned char>(c)) != 0) {  // nobody says that
        add({Word::Kind::kQuote, std::string(1, c), ""});
        ++at_;
        return;
      }
      // A hyphen between words is a dash; a colon and the rest stay what they are.
      const bool dash = c == '-' && is_ascii_space(look(1));
      add({Word::Kind::kMark, std::string(1, c), dash ? ";" : std::string(1, c)});
      ++at_;
    }
  }

  [[nodiscard]] std::size_t closing_apostrophe() const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\'' && (i + 1 == text_.size() || !is_letter(text_[i + 1])) && !is_ascii_space(text_[i - 1])) {
        return i;
      }
    }
    return std::string::npos;
  }

  void quote() {
    const std::size_t end = text_[at_] == '"' ? text_.find('"', at_ + 1) : closing_apostrophe();
    const std::size_t stop = end == std::string::npos ? text_.size() : end + 1;
    add({Word::Kind::kQuote, text_.substr(at_, stop - at_), ""});
    at_ = stop;
  }

  void word() {
    std::size_t end = at_;
    const auto inside = [&](std::size_t i) {
      if (is_letter(text_[i]) || text_[i] == '+' || text_[i] == '#') return true;
      const bool between = i > at_ && i + 1 < text_.size() && is_letter(text_[i - 1]) && is_letter(text_[i + 1]);
      const bool numbers = between && std::isdigit(static_cast<unsigned char>(text_[i - 1])) != 0 &&
                           std::isdigit(static_cast<unsigned char>(text_[i + 1])) != 0;
      return (between && std::string_view("'-.:&/@_").find(text_[i]) != std::string_view::npos) ||
             (numbers && text_[i] == ',');
    };
    while (end < text_.size() && inside(end)) ++end;
    const std::string text = text_.substr(at_, end - at_);
    const std::string key = lower(text);
    at_ = end;
    const auto* const contraction = std::ranges::find(kContractions, key, &Contraction::written);
    if (contraction == kContractions.end()) {
      add({Word::Kind::kWord, text, key});
      return;
    }
    add({Word::Kind::kWord, text.substr(0, contraction->first.size()), std::string(contraction->first)});
    add({Word::Kind::kWord, std::string(contraction->second), std::string(contraction->second)});
  }

  void end_mark() {
    const char mark = text_[at_++];
    sentence_.question = sentence_.question || mark == '?';
    if (at_ < text_.size() && !is_ascii_space(text_[at_]) && is_letter(text_[at_])) return;
    const bool title = mark == '.' && !sentence_.words.empty() &&
                       std::ranges::find(kTitles, sentence_.words.back().key) != kTitles.end();
    if (title) return;
    while (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == '!' || text_[at_] == '?')) {
      sentence_.question = sentence_.question || text_[at_] == '?';
      ++at_;
    }
    finish();
  }

  void add(Word word) { sentence_.words.push_back(std::move(word)); }
  void finish() {
    if (!sentence_.words.empty()) sentences_.push_back(std::move(sentence_));
    sentence_ = {};
  }

  std::string text_;
  std::size_t at_ = 0;
  Sentence sentence_;
  std::vector<Sentence> sentences_;
};

// Of the scripts with capitals: Latin, Greek, Cyrillic. Anything above them has none.
bool is_lower_case_letter(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return std::islower(lead) != 0;
  if (text.size() < 2) return false;
  const auto next = static_cast<std::uint8_t>(text[1]);
  const unsigned c = ((lead & 0x1Fu) << 6) | (next & 0x3Fu);
  if (lead >= 0xE0) return false;
  if (c >= 0xDF && c <= 0xFF) return c != 0xF7;
  if (c >= 0x100 && c <= 0x137) return c % 2 == 1;
  if (c >= 0x139 && c <= 0x148) return c % 2 == 0;
  if (c >= 0x14A && c <= 0x177) return c % 2 == 1;
  if (c >= 0x178 && c <= 0x17F) return c == 0x17A || c == 0x17C || c == 0x17E;
  return (c >= 0x3AC && c <= 0x3CE) || (c >= 0x430 && c <= 0x45F);
}

}  // namespace

bool Word::capital() const {
  const auto lead = static_cast<unsigned char>(text[0]);
  const bool digit_or_sign = lead < 0x80 && std::isalpha(lead) == 0;
  return kind == Kind::kWord && !digit_or_sign && !is_lower_case_letter(text);
}

std::vector<Sentence> sentences_of(std::string_view line) {
  return Reader(plain(line)).read();
}

bool is_all_lower_case(std::string_view line) {
  const std::vector<Sentence> sentences = sentences_of(line);
  return std::ranges::none_of(sentences, [](const Sentence& sentence) {
    return std::ranges::any_of(sentence.words, [](const Word& word) { return word.capital(); });
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace chatbot
