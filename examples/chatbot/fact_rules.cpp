// SPDX-License-Identifier: Apache-2.0
#include "fact_rules.hpp"

#include "fact_possessions.hpp"
#include "fact_predicates.hpp"
#include "fact_tables.hpp"
#include "fact_values.hpp"
#include "sentences.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chatbot {
namespace {

constexpr auto kNoMore = std::to_array<std::string_view>(
    {"not any more", "not any longer", "no longer", "that is not true any more", "that is no longer true",
     "that is not the case any more", "that is no longer the case", "it is not true any more", "it is no longer true"});
constexpr auto kCorrections =
    std::to_array<std::string_view>({"i meant", "i mean", "make that", "it should be", "it is", "that is"});
// Words that set a scene for the next clause: "In my novel, I live in Paris".
constexpr auto kIntroductions = std::to_array<std::string_view>(
    {"in", "on",     "at",   "as",       "for",   "with",  "after", "before",  "once", "until",
     "by", "during", "when", "whenever", "while", "where", "under", "without", "like", "according"});
constexpr auto kConnectives = std::to_array<std::string_view>({"and", "but", "because", "so"});
// "No, it is raining": not every word after "it is" names a thing.
constexpr auto kRemarks = std::to_array<std::string_view>(
    {"fine",      "true",  "right", "good",        "bad",         "just",   "cold",     "hot",        "ok",
     "okay",      "great", "nice",  "hard",        "easy",        "time",   "possible", "impossible", "over",
     "done",      "wrong", "false", "complicated", "different",   "better", "nothing",  "funny",      "sad",
     "important", "late",  "early", "boring",      "interesting", "me",     "you"});

bool contains(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

// A sentence that nothing can be taken from: a question, a wish, a quotation, what others say.
bool is_doubtful(const Sentence& sentence) {
  if (sentence.question) return true;
  for (std::size_t i = 0; i < sentence.words.size(); ++i) {
    const Word& word = sentence.words[i];
    if (word.kind == Word::Kind::kQuote || contains(doubts(), word.key)) return true;
    if (!contains(hearsay(), word.key)) continue;
    const std::string_view before = i > 0 ? std::string_view(sentence.words[i - 1].key) : std::string_view();
    const bool own = before == "i" && (word.key == "told" || word.key == "said" || word.key == "wrote");
    const bool describes = before == "who" || before == "which";  // "my boss is Ingrid, who says little"
    if (!own && !describes) return true;
  }
  return false;
}

// What kind of value an attribute has; nothing for one that no rule here makes.
std::optional<ValueKind> value_kind_of(std::string_view attribute) {
  for (const Predicate& rule : predicates()) {
    if (attribute == rule.attribute || attribute == rule.denied) {
      return rule.value == ValueKind::kThings ? ValueKind::kThing : rule.value;
    }
  }
  if (attribute == "address is") return ValueKind::kAddress;
  if (attribute.starts_with("favourite ")) return ValueKind::kThing;
  if (attribute.ends_with(" is on") || attribute.ends_with(" are on")) return ValueKind::kDay;
  if (relation_of(attribute)) return ValueKind::kName;
  return std::nullopt;
}

// "I meant Lisbon" says it aloud; "it is Lisbon" only after "no" or "actually".
bool says_correction(const Cursor& cursor) {
  return cursor.sees("i meant") || cursor.sees("i mean") || cursor.sees("make that") || cursor.sees("it should be");
}

// The same fact with another value.
mnemic::FactInput with_value(mnemic::FactInput fact, const std::string& value) {
  fact.text = fact.text.ends_with(fact.value) ? fact.text.substr(0, fact.text.size() - fact.value.size()) + value : "";
  fact.value = value;
  return fact;
}

// Reads one line, sentence by sentence and clause by clause.
class Extraction {
 public:
  Extraction(std::string_view line, const RuleContext& context)
      : context_(context),
        reading_{is_all_lower_case(line), context.said_at, context.time_zone},
        topic_(context.topic) {
    for (const Sentence& sentence : sentences_of(line)) {
      const std::optional<Person> before = person_;
      if (!is_doubtful(sentence)) read(sentence);
      // "She" is who was spoken of in this sentence or the one before.
      if (person_ && before && person_->subject == before->subject && !spoken_of_) person_.reset();
      spoken_of_ = false;
    }
  }

  std::vector<Proposal> take() { return std::move(proposals_); }

 private:
  void read(const Sentence& sentence) {
    Cursor cursor{sentence.words};
    bool only_fillers = true;  // so far in this sentence
    bool introduced = false;
    while (!cursor.at_end()) {
      bool corrects = false;
      bool corrected = false;
      do {  // "I meant" is a filler too, unless it corrects
        corrected = !introduced && says_correction(cursor) && correction(cursor);
      } while (!corrected && skip_filler(cursor, corrects));
      if (corrected || (!introduced && read_clause(cursor, corrects))) {
        only_fillers = false;
      } else if (!ends_clause(cursor)) {
        only_fillers = false;
        introduced = introduced || contains(kIntroductions, cursor.key());
      }
      while (!ends_clause(cursor) && !contains(kConnectives, cursor.key())) ++cursor.at;
      if (cursor.sees(":") && !only_fillers) return;  // what follows is said by someone, or listed
      const bool turns = cursor.sees("but") || cursor.sees(";");
      ++cursor.at;
      if (turns || cursor.sees("but")) introduced = false;
    }
  }

  // Goes past a word that adds nothing, or a mark behind one.
  static bool skip_filler(Cursor& cursor, bool& corrects) {
    constexpr auto kCorrecting =
        std::to_array<std::string_view>({"no", "actually", "sorry", "wait", "correction", "my"});
    if (cursor.accept(",") || cursor.accept(";")) return true;
    Cursor ahead = cursor;
    if (!ahead.accept_any(fillers()) && !reminds(ahead)) return false;
    corrects = corrects || contains(kCorrecting, cursor.key());
    cursor = ahead;
    return true;
  }

  // "Remind me (to tell the restaurant) that …": what follows is so.
  static bool reminds(Cursor& cursor) {
    constexpr std::size_t kMost = 4;
    if (!cursor.accept("remind me")) return false;
    if (cursor.accept("to tell")) {
      for (std::size_t i = 0; i < kMost && !ends_clause(cursor) && !cursor.sees("that"); ++i) ++cursor.at;
    }
    return cursor.accept("that");
  }

  // Goes past what it understands; the cursor stays when it understands nothing.
  bool read_clause(Cursor& cursor, bool corrects) {
    return no_more(cursor) || (corrects && correction(cursor)) || rescheduling(cursor) || possession(cursor) ||
           statement(cursor);
  }

  // "Not any more."
  bool no_more(Cursor& cursor) {
    Cursor ahead = cursor;
    if (!topic_ || !ahead.accept_any(kNoMore) || !ends_clause(ahead)) return false;
    add(Proposal::Kind::kWithdrawal, *topic_);
    cursor = ahead;
    return true;
  }

  // "(No,) it is Lisbon(, not Porto)".
  bool correction(Cursor& cursor) {
    Cursor ahead = cursor;
    const bool aloud = says_correction(cursor);
    if (!topic_ || !ahead.accept_any(kCorrections)) return false;
    const std::optional<ValueKind> kind = value_kind_of(topic_->attribute);
    if (!kind) return false;
    ahead.accept(*kind == ValueKind::kDay ? "on" : "in");
    const std::vector<std::string> values = read_values(ahead, *kind, {reading_.all_lower});
    if (values.size() != 1 || values[0] == topic_->value || !may_end_here(ahead, *kind)) return false;
    const bool remark =
        values[0].find(' ') != std::string::npos || values[0].ends_with("ing") || contains(kRemarks, values[0]);
    if (!aloud && *kind == ValueKind::kThing && remark) return false;
    read_not_so(ahead);
    proposals_.push_back({Proposal::Kind::kCorrection, with_value(*topic_, values[0]), topic_->value});
    topic_ = proposals_.back().fact;
    cursor = ahead;
    return true;
  }

  // "Beatriz moved them to Thursdays", right after a day was the topic.
  bool rescheduling(Cursor& cursor) {
    Cursor ahead = cursor;
    if (!topic_ || value_kind_of(topic_->attribute) != ValueKind::kDay || ends_clause(ahead)) return false;
    ++ahead.at;
    if (!ahead.accept("have")) ahead.accept("has");
    skip_adverbs(ahead);
    if (!ahead.accept("moved") && !ahead.accept("changed") && !ahead.accept("shifted")) return false;
    if (!ahead.accept("it to") && !ahead.accept("them to")) return false;
    const std::vector<std::string> values = read_values(ahead, ValueKind::kDay, {reading_.all_lower});
    if (values.size() != 1 || !may_end_here(ahead, ValueKind::kDay)) return false;
    add(Proposal::Kind::kFact, with_value(*topic_, values[0]));
    cursor = ahead;
    return true;
  }

  bool possession(Cursor& cursor) {
    std::optional<Possession> said = read_possession(cursor, context_.user, reading_.all_lower);
    if (!said) return false;
    if (said->kin) speak_of(person_of(*said->kin, context_.user, context_.names));
    add(said->denied ? Proposal::Kind::kWithdrawal : Proposal::Kind::kFact, std::move(said->fact));
    return true;
  }

  // A subject and what is said of it: "I …", "my sister Clara …", and "she …" after her.
  bool statement(Cursor& cursor) {
    Cursor ahead = cursor;
    if (const std::optional<Kin> kin = read_kin(ahead)) {
      const Person person = person_of(*kin, context_.user, context_.names);
      const bool alone = !kin->name.empty() && ahead.at_end();  // "My sister Clara."
      const auto said =
          alone ? std::nullopt : read_predication(ahead, kin->is ? Grammar::kThirdIs : Grammar::kThird, reading_);
      if (!alone && !said) return false;
      if (!kin->name.empty()) add(Proposal::Kind::kFact, naming_of(*kin, context_.user, kin->name));
      if (said) state(person, *said);
      speak_of(person);
    } else if (ahead.accept("i")) {
      const auto said = read_predication(ahead, Grammar::kFirst, reading_);
      if (!said) return false;
      state({context_.user, context_.user}, *said);
    } else {
      const std::string_view pronoun = cursor.key();
      if (!person_ || (!ahead.accept("she") && !ahead.accept("he"))) return false;
      if (!person_->pronoun.empty() && person_->pronoun != pronoun) return false;
      const auto said = read_predication(ahead, Grammar::kThird, reading_);
      if (!said) return false;
      state(*person_, *said);
      spoken_of_ = true;
    }
    cursor = ahead;
    return true;
  }

  void state(const Person& person, const Predication& said) {
    for (const std::string& value : said.values) state(person, said, value);
    if (said.not_so.empty() || said.rule->attribute.empty()) return;
    forget_quietly(fact_of(person, said, said.rule->attribute, "", said.not_so));
  }

  void state(const Person& person, const Predication& said, const std::string& value) {
    const Predicate& rule = *said.rule;
    const auto fact = [&] { return fact_of(person, said, rule.attribute, rule.of_you, value); };
    const auto denied = [&] { return fact_of(person, said, rule.denied, rule.denied_of_you, value); };
    const auto other = [&](std::string_view attribute) { return fact_of(person, said, attribute, "", value); };
    if (said.denial == Denial::kNone) {
      if (!rule.attribute.empty()) {
        add(Proposal::Kind::kFact, fact());
        if (const auto opposed = opposite(rule.attribute)) forget_quietly(other(*opposed));
      } else if (said.again) {
        add(Proposal::Kind::kWithdrawal,
            denied());  // "I eat meat" is no fact by itself; "again" ends that one does not
      }
      return;
    }
    const bool exactly = said.denial == Denial::kNot || (said.denial == Denial::kNoLonger && rule.attribute.empty());
    if (exactly && !rule.denied.empty()) {
      add(Proposal::Kind::kFact, denied());
      if (!rule.attribute.empty()) forget_quietly(other(rule.attribute));
    } else if (!rule.attribute.empty()) {
      add(Proposal::Kind::kWithdrawal, fact());
      if (said.denial == Denial::kCan && rule.attribute == "cannot eat") forget_quietly(other("does not eat"));
    }
  }

  static mnemic::FactInput fact_of(const Person& person, const Predication& said, std::string_view attribute,
                                   std::string_view of_you, const std::string& value) {
    std::string text;  // stays empty when it is subject, attribute and value in this order
    if (person.subject == "you") text = fmt::format("you {} {}", of_you, value);
    if (person.display != person.subject) text = fmt::format("{} {} {}", person.display, attribute, value);
    return {.subject = person.subject,
            .attribute = std::string(attribute),
            .value = value,
            .kind = said.rule->kind,
            .text = std::move(text),
            .cardinality = said.rule->cardinality,
            .since = said.since};
  }

  void speak_of(Person person) {
    person_ = std::move(person);
    spoken_of_ = true;
  }
  void add(Proposal::Kind kind, mnemic::FactInput fact) {
    topic_ = fact;
    proposals_.push_back({kind, std::move(fact), {}});
  }
  // Without making it the topic.
  void forget_quietly(mnemic::FactInput fact) {
    proposals_.push_back({Proposal::Kind::kWithdrawal, std::move(fact), {}});
  }

  const RuleContext& context_;
  Reading reading_;
  std::optional<mnemic::FactInput> topic_;
  std::optional<Person> person_;  ///< whom "she" and "he" mean
  bool spoken_of_ = false;        ///< in this sentence
  std::vector<Proposal> proposals_;
};

}  // namespace

std::vector<Proposal> extract_facts(std::string_view line, const RuleContext& context) {
  constexpr std::size_t kLongest = 4096;  // bytes; what is longer was pasted, not said
  if (line.size() > kLongest) return {};
  return Extraction(line, context).take();
}

std::optional<std::string> relation_of(std::string_view attribute) {
  if (!attribute.ends_with(" is")) return std::nullopt;
  attribute.remove_suffix(3);
  const std::string_view last = attribute.substr(attribute.rfind(' ') + 1);  // npos + 1 is 0
  const bool known = std::ranges::any_of(
      relations(), [&](const Relation& relation) { return relation.name == attribute || relation.name == last; });
  return known ? std::optional<std::string>(attribute) : std::nullopt;
}

}  // namespace chatbot
