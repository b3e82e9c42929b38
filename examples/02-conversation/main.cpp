// SPDX-License-Identifier: Apache-2.0
// A conversation: append turns, take the newest that fit a window, and make the memory part of a prompt within a token
// budget, with what is pinned always there and places kept for each layer.
#include <mnemic/mnemic.hpp>

#include <iostream>
#include <memory>

namespace {

using mnemic::Layer;

/// Goes on by a minute with every look: the same run, the same times.
class StepClock : public mnemic::Clock {
 public:
  mnemic::Timestamp now() noexcept override { return now_ += std::chrono::minutes(1); }

 private:
  mnemic::Timestamp now_ = mnemic::parse_time("2026-05-08T18:00:00Z").value();
};

void show(const char* title, const mnemic::PackedContext& context) {
  std::cout << title << ": " << context.tokens << " tokens, " << context.cited.size() << " cited, "
            << context.dropped.size() << " dropped\n"
            << context.text << "\n";
}

void run() {
  auto store = mnemic::Store::open(":memory:", {.time_zone = "Europe/Lisbon",
                                                .clock = std::make_shared<StepClock>(),
                                                .random = mnemic::seeded_random(1)})
                   .value();
  const mnemic::Scope ada = store.scope({"acme", "ada"}, {.user = "ada", .agent = "helper"}).value();

  // One call, one commit. What the user said is believed more than what a model said.
  const mnemic::Session talk = ada.session("evening");
  const std::vector<mnemic::Turn> turns{
      {.author = "user", .text = "We need a restaurant for Friday, for four.", .trust = mnemic::Trust::kUser},
      {.author = "assistant", .text = "Shall I ask at the Taberna again?", .trust = mnemic::Trust::kModel},
      {.author = "user", .text = "No, the Taberna was far too loud for my mother.", .trust = mnemic::Trust::kUser},
      {.author = "assistant", .text = "Then perhaps the Jardim, it has a quiet yard.", .trust = mnemic::Trust::kModel},
      {.author = "user", .text = "Good. And remind me to bring the umbrella back.", .trust = mnemic::Trust::kUser},
  };
  talk.append(turns).value();
  ada.put({.text = "Answer in European Portuguese", .pinned = true, .trust = mnemic::Trust::kOperator}).value();
  ada.facts().assert_fact({.subject = "Ada's mother", .attribute = "is allergic to", .value = "shellfish"}).value();
  ada.episodes().record({.text = "Booked the restaurant Jardim", .outcome = mnemic::Outcome::kSuccess}).value();

  // The short-term memory of a prompt: the newest turns that fit, oldest first.
  std::cout << "Window of 30 tokens\n";
  for (const mnemic::Memory& turn : talk.window({.max_tokens = 30}).value()) {
    std::cout << "  " << turn.author << ": " << turn.text << '\n';
  }
  std::cout << '\n';

  // The long-term memory: two turns at most, and a place each for what is known and what happened.
  const mnemic::RecallOptions options{.k = 4,
                                      .token_budget = 300,
                                      .per_layer = {{.layer = Layer::kConversational, .at_most = 2},
                                                    {.layer = Layer::kSemantic, .at_least = 1},
                                                    {.layer = Layer::kEpisodic, .at_least = 1}}};
  const mnemic::RecallResult found = ada.recall({.text = "Which restaurant suits my mother?"}, options).value();
  for (const mnemic::Hit& hit : found.hits) {
    std::cout << to_string(hit.memory.layer) << ": " << hit.memory.text << '\n';
  }
  std::cout << '\n';
  show("As asked", found.pack(options.token_budget));
  show("In a smaller prompt", found.pack(120));
  if (mnemic::Status closed = store.close(); !closed) throw mnemic::Error(closed);
}

}  // namespace

int main() {
  try {
    run();
  } catch (const mnemic::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.status().code());
  }
  return 0;
}
