// SPDX-License-Identifier: Apache-2.0
// Store memories, replace one by its key, recall by question and by filter, ask why, and forget. Nothing here throws:
// every call answers a Result or a Status, and the first failure ends the program with its message.
#include <mnemic/mnemic.hpp>

#include <iostream>

namespace {

using mnemic::Filter;
using mnemic::Scope;
using mnemic::Status;

Status store_some(const Scope& ada) {
  // A key is the caller's own id: whoever writes it again replaces the memory.
  for (const char* text : {"Prefers aisle seats on trains", "Prefers window seats on trains"}) {
    if (const auto id = ada.put({.key = "seat", .text = text, .tags = {"travel"}}); !id) return id.status();
  }
  // Several memories in one commit, all or none.
  const auto written = ada.write([](mnemic::Batch& batch) {
    batch.put({.text = "The spare key hangs behind the kitchen door", .importance = 0.9, .tags = {"home"}});
    batch.put({.text = "Allergic to walnuts", .tags = {"food"}, .metadata = mnemic::Json::object({{"severe", true}})});
    batch.put({.text = "Liked the fig tart of Café Aurora", .tags = {"food"}});
  });
  return written ? Status() : written.status();
}

Status ask(const Scope& ada, const mnemic::Query& query) {
  const auto found = ada.recall(query, {.k = 1});
  if (!found) return found.status();
  std::cout << query.text << '\n';
  for (const mnemic::Hit& hit : found->hits) std::cout << "  " << hit.memory.text << '\n';
  return {};
}

Status explain_and_forget(const Scope& ada) {
  const auto seat = ada.get(mnemic::Layer::kSemantic, "seat");
  if (!seat) return seat.status();
  std::cout << "Version " << seat->version << " of the seat: " << seat->text << '\n';
  const auto why = ada.why({.text = "Where is the key?"}, seat->id, {.k = 1});
  if (!why) return why.status();
  std::cout << "Not an answer about the key: " << to_string(why->verdict) << '\n';
  if (const auto report = ada.forget(seat->id); !report) return report.status();
  // A failure is a value: its code says what to do next, its message names what was wrong.
  const auto gone = ada.get(seat->id);
  std::cout << "Forgotten, so get answers " << gone.status().to_string() << '\n';
  const auto left = ada.count(Filter::tag("food") || Filter::tag("home"));
  if (!left) return left.status();
  std::cout << *left << " memories of food and home are left\n";
  return {};
}

Status run() {
  auto store = mnemic::Store::open(":memory:");  // a path keeps it: "agent.db"
  if (!store) return store.status();
  const auto ada = store->scope({"acme", "ada"});
  if (!ada) return ada.status();
  if (Status status = store_some(*ada); !status) return status;
  if (Status status = ask(*ada, {.text = "Where is the spare key?"}); !status) return status;
  if (Status status = ask(*ada, {.text = "Which seat on the train?"}); !status) return status;
  const Filter severe = Filter::metadata("severe", mnemic::Op::kEq, true);
  if (Status status = ask(*ada, {.text = "What is she allergic to?", .where = Filter::tag("food") && severe});
      !status) {
    return status;
  }
  if (Status status = explain_and_forget(*ada); !status) return status;
  return store->close();
}

}  // namespace

int main() {
  const Status status = run();
  if (!status) std::cerr << status.to_string() << '\n';
  return static_cast<int>(status.code());
}
