// SPDX-License-Identifier: Apache-2.0
// What the rules take from a line, and above all what they leave alone.
#include "fact_rules.hpp"
#include "conversation.hpp"
#include "support/catch.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using chatbot::Proposal;
using chatbot::RuleContext;

RuleContext said_by(std::string user) {
  return {.user = std::move(user), .said_at = mnemic::parse_time("2026-06-10T12:00:00Z").value()};
}

// "+ subject | attribute | value" of a fact, "-" of a withdrawal, "~" of a correction.
std::string told(std::string_view line, const RuleContext& context) {
  std::vector<std::string> all;
  for (const Proposal& proposal : chatbot::extract_facts(line, context)) {
    const char* sign = proposal.kind == Proposal::Kind::kFact         ? "+"
                       : proposal.kind == Proposal::Kind::kWithdrawal ? "-"
                                                                      : "~";
    all.push_back(
        fmt::format("{} {} | {} | {}", sign, proposal.fact.subject, proposal.fact.attribute, proposal.fact.value));
    if (!proposal.instead_of.empty()) all.back() += " for " + proposal.instead_of;
  }
  return fmt::format("{}", fmt::join(all, "; "));
}

std::string told(std::string_view line) {
  return told(line, said_by("Ada"));
}

// Without what an opposite preference withdraws.
std::string first_told(std::string_view line) {
  const std::string all = told(line);
  return all.substr(0, all.find("; "));
}

struct Case {
  std::string_view line;
  std::string_view told;
};

RuleContext after(std::string_view line, RuleContext context) {
  const std::vector<Proposal> proposals = chatbot::extract_facts(line, context);
  REQUIRE_FALSE(proposals.empty());
  context.topic = proposals.back().fact;
  return context;
}

}  // namespace

TEST_CASE("fact rules: where somebody lives and works") {
  for (const auto& [line, expected] : std::vector<Case>{
           {"I live in Lisbon.", "+ Ada | lives in | Lisbon"},
           {"i live in lisbon", "+ Ada | lives in | lisbon"},
           {"I LIVE IN LISBON NOW", "+ Ada | lives in | LISBON"},
           {"Well, I now live in Lisbon, next to the river.", "+ Ada | lives in | Lisbon"},
           {"I'm living in New York City these days", "+ Ada | lives in | New York City"},
           {"By the way, I live in Vila Nova de Gaia.", "+ Ada | lives in | Vila Nova de Gaia"},
           {"I moved to Évora last week!", "+ Ada | lives in | Évora"},
           {"Actually, I moved to Lisbon", "+ Ada | lives in | Lisbon"},
           {"I’ve just moved to Lisbon with my dog", "+ Ada | lives in | Lisbon"},
           {"I've lived in Porto for eleven years", "+ Ada | lives in | Porto"},
           {"I was born in Faro.", "+ Ada | was born in | Faro"},
           {"I'm from Bergen", "+ Ada | is from | Bergen"},
           {"I work at Maré Systems as a team lead.", "+ Ada | works at | Maré Systems"},
           {"I work as a nurse", "+ Ada | works as | a nurse"},
           {"I live in Porto and work at Ribeira Labs.", "+ Ada | lives in | Porto"},
           {"I live in Porto, and I work at Ribeira Labs.",
            "+ Ada | lives in | Porto; + Ada | works at | Ribeira Labs"},
           {"I live in Lisbon, not in Porto.", "+ Ada | lives in | Lisbon; - Ada | lives in | Porto"},
           {"Please remember that I live in Lisbon.", "+ Ada | lives in | Lisbon"},
           {"My address is Rua da Senhora do Monte 17, Lisbon",
            "+ Ada | address is | Rua da Senhora do Monte 17, Lisbon"},
       }) {
    CAPTURE(line);
    CHECK(told(line) == expected);
  }
}

TEST_CASE("fact rules: names, food, likes, days") {
  for (const auto& [line, expected] : std::vector<Case>{
           {"Call me Ada.", "+ Ada | is called | Ada"},
           {"You can call me Ishmael", "+ Ada | is called | Ishmael"},
           {"My name is Inigo Montoya.", "+ Ada | is called | Inigo Montoya"},
           {"my name is ada", "+ Ada | is called | ada"},
           {"I can't eat gluten", "+ Ada | cannot eat | gluten"},
           {"I can’t eat nuts and shellfish.", "+ Ada | cannot eat | nuts; + Ada | cannot eat | shellfish"},
           {"I can't eat gluten or dairy", "+ Ada | cannot eat | gluten; + Ada | cannot eat | dairy"},
           {"I don't eat meat, fish or eggs.",
            "+ Ada | does not eat | meat; + Ada | does not eat | fish; + Ada | does not eat | eggs"},
           {"I cannot eat raw fish", "+ Ada | cannot eat | raw fish"},
           {"I don't eat meat.", "+ Ada | does not eat | meat"},
           {"I never drink coffee", "+ Ada | does not drink | coffee"},
           {"I'm allergic to peanuts, lupin and sesame.",
            "+ Ada | is allergic to | peanuts; + Ada | is allergic to | lupin; + Ada | is allergic to | sesame"},
           {"Remind me to tell the restaurant that I am allergic to peanuts.", "+ Ada | is allergic to | peanuts"},
           {"I am a vegetarian", "+ Ada | is | vegetarian"},
           {"I speak Portuguese, English and French.",
            "+ Ada | speaks | Portuguese; + Ada | speaks | English; + Ada | speaks | French"},
           {"I prefer window seats", "+ Ada | prefers | window seats"},
           {"My favourite colour is dark green.", "+ Ada | favourite colour is | dark green"},
           {"My favorite band is the Beatles", ""},
           {"My birthday is on the 3rd of May.", "+ Ada | birthday is on | the 3rd of May"},
           {"My birthday is May 3rd, 1990", "+ Ada | birthday is on | May 3rd, 1990"},
           {"My lessons with her are on Tuesdays at seven in the evening, in Alvalade.",
            "+ Ada | lessons are on | Tuesdays at seven in the evening"},
           {"I was born on 3 May 1990", "+ Ada | was born on | 3 May 1990"},
       }) {
    CAPTURE(line);
    CHECK(told(line) == expected);
  }
  CHECK(told("I love dark chocolate!") == "+ Ada | likes | dark chocolate; - Ada | dislikes | dark chocolate");
  CHECK(told("I don't like olives") == "+ Ada | dislikes | olives; - Ada | likes | olives");
  CHECK(first_told("I like playing chess with friends") == "+ Ada | likes | playing chess with friends");
  CHECK(first_told("I hate bureaucracy because it is slow.") == "+ Ada | dislikes | bureaucracy");
}

TEST_CASE("fact rules: others") {
  for (const auto& [line, expected] : std::vector<Case>{
           {"My sister is called Clara.", "+ Ada | sister is | Clara"},
           {"My sister’s name is Clara", "+ Ada | sister is | Clara"},
           {"my dog is called biscoito", "+ Ada | dog is | biscoito"},
           {"My mum is Helena.", "+ Ada | mother is | Helena"},
           {"My sister lives in Évora.", "+ Ada's sister | lives in | Évora"},
           {"My sister Clara lives in Évora.", "+ Ada | sister is | Clara; + Clara | lives in | Évora"},
           {"My sister Clara. She lives in Évora.", "+ Ada | sister is | Clara; + Clara | lives in | Évora"},
           {"My sister's allergic to cats", "+ Ada's sister | is allergic to | cats"},
           {"My brother can't eat nuts", "+ Ada's brother | cannot eat | nuts"},
           {"My older brother works at Acme", "+ Ada's older brother | works at | Acme"},
           {"I have a dog called Biscoito, three years old.", "+ Ada | dog is | Biscoito"},
           {"I have a cat named Tom", "+ Ada | cat is | Tom"},
           {"My manager is Ingrid, from Bergen, who says little.", "+ Ada | manager is | Ingrid"},
           {"My doctor here is called Doctor Sequeira, at the health centre.", "+ Ada | doctor is | Doctor Sequeira"},
           {"My vet is Dr. Moreira.", "+ Ada | vet is | Dr Moreira"},
           {"My sister and I live in Lisbon.", "+ Ada | lives in | Lisbon"},
           {"My sister lives in Évora. He likes jazz.", "+ Ada's sister | lives in | Évora"},
           {"My sister lives in Évora. Ben came. She likes jazz.", "+ Ada's sister | lives in | Évora"},
           {"My sister lives in Évora and she can't eat nuts.",
            "+ Ada's sister | lives in | Évora; + Ada's sister | cannot eat | nuts"},
           {"My boss is Ingrid. She lives in Bergen. She speaks Norwegian.",
            "+ Ada | boss is | Ingrid; + Ingrid | lives in | Bergen; + Ingrid | speaks | Norwegian"},
       }) {
    CAPTURE(line);
    CHECK(told(line) == expected);
  }
  RuleContext context = said_by("Ada");
  context.names = {{"sister", "Clara"}};
  const auto proposals = chatbot::extract_facts("My sister lives in Évora.", context);
  REQUIRE(proposals.size() == 1);
  CHECK(proposals[0].fact.subject == "Clara");
  CHECK(proposals[0].fact.text == "Ada's sister Clara lives in Évora");
}

TEST_CASE("fact rules: questions, wishes, hearsay, quotations and the past are no facts") {
  for (const std::string_view line : {
           "do I live in Porto?",
           "Do I live in Porto",
           "I live in Porto, right?",
           "Where do I live",
           "If I lived in Lisbon, I would see her more often.",
           "I wish I lived in Lisbon",
           "If I moved to Lisbon I would take the dog.",
           "I would like to live in Lisbon",
           "I'd love a dog called Rex",
           "I will live in Lisbon from May on",
           "I'm going to live in Lisbon.",
           "I want to live in Lisbon.",
           "I might live in Lisbon soon",
           "Maybe I live in Lisbon",
           "Suppose I live in Lisbon.",
           "Imagine I live in Lisbon.",
           "I live in Lisbon if all goes well.",
           "I live in Lisbon or Porto, I forget.",
           "I live in Lisbon until June",
           "I lived in Porto for eleven years",
           "I moved to Lisbon and then back to Porto",
           "I moved to Lisbon in 2010, then to Porto.",
           "When I was twenty I was poor, and then I moved to Lisbon.",
           "I live in Lisbon and Porto.",
           "I live in Lisbon on weekdays",
           "I live in Lisbon in winter",
           "I live in Lisbon for the summer",
           "I don't just live in Porto",
           "I like tea or coffee",
           "I work at Christmas.",
           "I am vegan on Mondays",
           "I am vegetarian at home",
           "My cat is Tom's",
           "Neither my sister nor I live in Lisbon.",
           "No one knows that I live in Lisbon",
           "Ben says I live in Lisbon.",
           "Ben says that I live in Lisbon and I work at Acme.",
           "I live in Lisbon, Ben says.",
           "I live in Lisbon, I think.",
           "According to Ben, I live in Lisbon.",
           "They said my sister is called Clara",
           "Ben: I live in Lisbon.",
           "\"I live in Lisbon\" is a song.",
           "She wrote \"I live in Lisbon. I like tea.\"",
           "She wrote “I live in Lisbon. I like tea.” and left.",
           "My favourite line is 'I live in Lisbon'",
           "In my novel, I live in Paris.",
           "In Paris, I like the light.",
           "Tell me that I live in Lisbon",
           "You live in Lisbon.",
           "He lives in Lisbon.",
           "My house is in Lisbon.",
           "My sister's boss lives in Lisbon.",
           "I live in fear",
           "i live in fear",
           "I live in a small flat",
           "i live in a small flat",
           "I live on my phone",
           "Call me back",
           "Call me later.",
           "call me maybe",
           "Call me Monday",
           "Call me on Monday.",
           "My name is not important",
           "I am Portuguese.",
           "I am tired.",
           "I'm from here",
           "My sister is Portuguese.",
           "My sister is a doctor.",
           "my sister is tired",
           "My boss is late.",
           "My brother is CEO of Acme",
           "My doctor is Ben's wife.",
           "I can't eat",
           "I can't eat now.",
           "I can't eat anything today",
           "I can't eat fish today",
           "I can't eat in the evening",
           "I don't eat out",
           "I don't eat much",
           "I eat lunch at noon",
           "I like it.",
           "I like you",
           "I like her.",
           "I like that",
           "I like the way you sing",
           "I like tea better than coffee",
           "I love my dog",
           "I'd like tea",
           "I would like tea",
           "I don't know",
           "I like when it rains",
           "I have a dog.",
           "I have a sister for that.",
           "My birthday is tomorrow",
           "My birthday is next week.",
           "I speak with my sister every day",
           "I speak a little French",
           "My team are Mateus, Joana and Pavel.",
           "I work in marketing",
           "I work from home",
           "Not any more.",
           "No, it is Lisbon.",
           "Actually, it is raining.",
           "I meant Lisbon",
           "",
           "   ",
           "?!",
           "I live in",
           "I live in .",
           "my",
           "my sister",
           "I am allergic to",
           "call me",
       }) {
    CAPTURE(line);
    CHECK(told(line).empty());
  }
}

TEST_CASE("fact rules: long and strange lines") {
  std::string apostrophes;
  while (apostrophes.size() < 4000) apostrophes += "'a ";
  CHECK(told(apostrophes + "\nI live in Lisbon.") == "+ Ada | lives in | Lisbon");
  CHECK(told(std::string(5000, ' ') + "I live in Lisbon.").empty());
  CHECK(told(std::string(2000, ' ') + "I live in Lisbon.") == "+ Ada | lives in | Lisbon");
  CHECK(told("I live in \x1b[31mLisbon").empty());
  CHECK(told(std::string("I live in Lis\0bon", 17)).empty());
}

TEST_CASE("fact rules: what is so no more") {
  for (const auto& [line, expected] : std::vector<Case>{
           {"I don't live in Porto any more", "- Ada | lives in | Porto"},
           {"I don’t live in Porto anymore.", "- Ada | lives in | Porto"},
           {"I don't live in Porto.", "- Ada | lives in | Porto"},
           {"I no longer live in Porto", "- Ada | lives in | Porto"},
           {"I used to live in Porto.", "- Ada | lives in | Porto"},
           {"I live in Porto no more", "- Ada | lives in | Porto"},
           {"I live in Porto, but not any more", "- Ada | lives in | Porto"},
           {"I no longer eat meat", "+ Ada | does not eat | meat"},
           {"I stopped eating meat", "+ Ada | does not eat | meat"},
           {"I eat meat again", "- Ada | does not eat | meat"},
           {"I used to eat meat", ""},
           {"I'm not allergic to peanuts any more", "- Ada | is allergic to | peanuts"},
           {"I am no longer allergic to peanuts", "- Ada | is allergic to | peanuts"},
           {"I can eat nuts again", "- Ada | cannot eat | nuts; - Ada | does not eat | nuts"},
           {"I don't like tea any more", "- Ada | likes | tea"},
           {"I no longer work at Ribeira Labs", "- Ada | works at | Ribeira Labs"},
           {"My sister no longer lives in Évora", "- Ada's sister | lives in | Évora"},
           {"My lessons are no longer on Tuesdays", "- Ada | lessons are on | Tuesdays"},
           {"My manager is no longer Ingrid", "- Ada | manager is | Ingrid"},
           {"I am not a vegetarian any more", "- Ada | is | vegetarian"},
           {"Don't call me Addie", "- Ada | is called | Addie"},
       }) {
    CAPTURE(line);
    CHECK(told(line) == expected);
  }
}

TEST_CASE("fact rules: what refers to the fact before") {
  const RuleContext lives = after("I live in Porto.", said_by("Ada"));
  for (const std::string_view line :
       {"Not any more.", "not anymore", "Well, not any more!", "That's no longer true."}) {
    CAPTURE(line);
    CHECK(told(line, lives) == "- Ada | lives in | Porto");
  }
  for (const std::string_view line : {"No, it is Lisbon.", "no, it's Lisbon", "Actually, it is Lisbon, not Porto.",
                                      "I meant Lisbon.", "Sorry, I meant Lisbon", "Wait, it's Lisbon."}) {
    CAPTURE(line);
    CHECK(told(line, lives) == "~ Ada | lives in | Lisbon for Porto");
  }
  CHECK(told("Not any more, I moved to Lisbon.", lives) == "- Ada | lives in | Porto; + Ada | lives in | Lisbon");
  CHECK(told("I meant that I live in Lisbon.", lives).empty());
  CHECK(told("I mean, I live in Lisbon.", lives) == "+ Ada | lives in | Lisbon");
  CHECK(told("It is Lisbon that I love.", lives).empty());
  CHECK(told("No, it is raining.", lives).empty());
  CHECK(told("No, it is Porto.", lives).empty());
  CHECK(told("Is it Lisbon?", lives).empty());

  const RuleContext colour = after("My favourite colour is green.", said_by("Ada"));
  CHECK(told("No, it's blue.", colour) == "~ Ada | favourite colour is | blue for green");
  CHECK(told("No, it's late.", colour).empty());
  CHECK(told("No, it's raining.", colour).empty());

  const RuleContext allergy = after("I am allergic to peanuts", said_by("Ada"));
  CHECK(told("I meant lupin", allergy) == "~ Ada | is allergic to | lupin for peanuts");

  const RuleContext lessons = after("My lessons are on Tuesdays.", said_by("Ada"));
  CHECK(told("My lessons are no longer on Tuesdays. Beatriz moved them to Thursdays at half past six.") ==
        "- Ada | lessons are on | Tuesdays; + Ada | lessons are on | Thursdays at half past six");
  CHECK(told("Beatriz moved it to Friday", lessons) == "+ Ada | lessons are on | Friday");
  CHECK(told("Beatriz moved it to Friday", lives).empty());
}

TEST_CASE("fact rules: since when, and for somebody who is called you") {
  const auto since = [](std::string_view line) {
    const auto proposals = chatbot::extract_facts(line, said_by("Ada"));
    REQUIRE(proposals.size() == 1);
    return proposals[0].fact.since ? mnemic::to_string(*proposals[0].fact.since) : std::string("now");
  };
  CHECK(since("I live in Lisbon since May") == "2026-05-01T00:00:00Z");
  CHECK(since("I have lived in Lisbon since October.") == "2025-10-01T00:00:00Z");
  CHECK(since("I've been living in Lisbon since 2019") == "2019-01-01T00:00:00Z");
  CHECK(since("I live in Lisbon since May 2019.") == "2019-05-01T00:00:00Z");
  CHECK(since("I live in Lisbon since my divorce") == "now");
  CHECK(since("I live in Lisbon since 2030") == "now");

  const auto text = [](std::string_view line) {
    const auto proposals = chatbot::extract_facts(line, said_by("you"));
    REQUIRE_FALSE(proposals.empty());
    const mnemic::FactInput& fact = proposals[0].fact;
    return fact.text.empty() ? fmt::format("{} {} {}", fact.subject, fact.attribute, fact.value) : fact.text;
  };
  CHECK(text("I live in Lisbon") == "you live in Lisbon");
  CHECK(text("I'm allergic to nuts") == "you are allergic to nuts");
  CHECK(text("I don't eat meat") == "you do not eat meat");
  CHECK(text("My sister is called Clara") == "your sister is Clara");
  CHECK(text("My sister lives in Porto") == "your sister lives in Porto");
  CHECK(text("My favourite tea is mint") == "your favourite tea is mint");
}

TEST_CASE("fact rules: the recorded conversation gives these facts and no others") {
  std::vector<std::string> all;
  for (const chatbot::RecordedSession& session : chatbot::read_conversation(chatbot::built_in_conversation()).value()) {
    for (const mnemic::Turn& turn : session.turns) {
      if (turn.author != "Ada") continue;
      const std::string found = told(turn.text);
      if (!found.empty()) all.push_back(found);
    }
  }
  CHECK(all == std::vector<std::string>{
                   "+ Ada | sister is | Clara; + Clara | lives in | Évora",
                   "+ Ada | is allergic to | peanuts",
                   "+ Ada | first day is on | Monday the 4th of May",
                   "+ Ada | manager is | Ingrid",
                   "+ Ada | works from home on | Wednesdays and Fridays",
                   "+ Ada | lessons are on | Tuesdays at seven in the evening",
                   "+ Ada | is allergic to | peanuts; + Ada | is allergic to | lupin",
                   "+ Ada | doctor is | Doctor Sequeira",
                   "- Ada | lessons are on | Tuesdays; + Ada | lessons are on | Thursdays at half past six",
               });
}
