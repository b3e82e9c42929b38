// SPDX-License-Identifier: Apache-2.0
// Four processes share one namespace that is being sealed and merged under them: each writes, changes, forgets, maintains, and
// finds by words and by vector what the others have acknowledged.
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/sealed.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using sealed::kChunk;

namespace {

namespace fs = std::filesystem;

constexpr int kPartners = 4;

/// What one process says about one of its memories, a line in its file: written after the call that did it returned.
struct Said {
  int partner = 0;
  std::string id;
  std::string word;  // "-": forgotten
};

fs::path ledger_of(const fs::path& directory, int partner) { return directory / ("partner" + std::to_string(partner)); }

/// The last of what was said about each memory, whole lines only.
std::map<std::string, Said> heard(const fs::path& directory) {
  std::map<std::string, Said> all;
  for (int partner = 0; partner < kPartners; ++partner) {
    std::ifstream in(ledger_of(directory, partner));
    std::string id, word, end;
    while (in >> id >> word >> end && end == ".") all[id] = {partner, id, word};
  }
  return all;
}

/// One term to the tokenizer, and no stem of another: consonants only.
std::string word_of(int partner, int round) {
  std::string word = "x";
  for (const char digit : std::to_string(10 * round + partner)) word += "bdfgkmpqtz"[digit - '0'];
  return word;
}

/// A direction that nothing else has as much of.
Vector vector_of(const std::string& word) {
  Random random(std::hash<std::string>{}(word));
  return sealed::some_vector(random);
}

/// "" when the memory is found as it was left; a change of it that is acknowledged meanwhile excuses it.
std::string look_for(const Scope& scope, const Said& said) {
  const MemoryId id = MemoryId::parse(said.id).value();
  if (said.word == "-") {
    return scope.get(id).status().code() == StatusCode::kNotFound ? "" : "forgotten, and there";
  }
  const auto words = scope.recall({.text = said.word}, {.k = 3});
  if (!words) return words.status().to_string();
  if (words->hits.empty() || words->hits[0].memory.id != id) return "not found by its word";
  Query query{.vector = vector_of(said.word)};
  const auto vectors = scope.recall(query, {.k = 10});
  if (!vectors) return vectors.status().to_string();
  for (const Hit& hit : vectors->hits) {
    if (hit.memory.id == id) return "";
  }
  return "not found by its vector";
}

MNEMIC_CHILD(partner) {
  const fs::path directory = arguments.at(0);
  const int self = std::stoi(arguments.at(1));
  const int rounds = std::stoi(arguments.at(2));
  auto store = Store::open(directory / "store.db", sealed::options(std::make_shared<ManualClock>()));
  if (!store) return 1;
  const Scope scope = store->scope({"acme", "ada"}).value();
  Random random(std::stoull(arguments.at(3)) + static_cast<std::uint64_t>(self));
  std::ofstream ledger(ledger_of(directory, self), std::ios::app);
  const auto acknowledge = [&](MemoryId id, const std::string& word) { ledger << id.to_string() + " " + word + " .\n" << std::flush; };
  std::vector<MemoryId> own;
  for (int round = 0; round < rounds; ++round) {
    const std::string word = word_of(self, round);
    const std::size_t what = random.below(10);
    if (own.empty() || what < 6) {
      const auto written = scope.put({.text = word + " " + sealed::some_text(random), .vectors = {vector_of(word)}});
      if (!written) return say(written.status().to_string()), 1;
      own.push_back(*written);
      acknowledge(*written, word);
    } else if (what < 8) {
      const std::size_t which = random.below(own.size());
      const auto changed = scope.update(own[which], {.text = word, .vectors = {vector_of(word)}});
      if (!changed) return say(changed.status().to_string()), 1;
      acknowledge(own[which], word);
    } else {
      const std::size_t which = random.below(own.size());
      if (const auto gone = scope.forget(own[which]); !gone.ok()) return say("forget failed"), 1;
      acknowledge(own[which], "-");
      own.erase(own.begin() + static_cast<std::ptrdiff_t>(which));
    }
    if (round % 10 == self) {
      if (const auto slice = store->maintain({.items = 1}); !slice) return say(slice.status().to_string()), 1;
    }
    const auto all = heard(directory);
    for (int look = 0; look < 3; ++look) {
      auto place = all.begin();
      std::advance(place, static_cast<std::ptrdiff_t>(random.below(all.size())));
      const std::string wrong = look_for(scope, place->second);
      if (wrong.empty()) continue;
      const auto since = heard(directory);  // changed by its owner before it was looked for, maybe not acknowledged even now
      const auto& now = since.at(place->first);
      if (now.word != place->second.word) continue;
      const auto again = scope.get(MemoryId::parse(now.id).value());
      const bool in_flight = now.partner != self && now.word != "-" && (!again || again->text.rfind(now.word, 0) != 0);
      if (!in_flight) return say(now.id + " " + now.word + ": " + wrong), 1;
    }
  }
  say("done");
  return 0;
}

}  // namespace

TEST_CASE("partners: four processes find what the others acknowledged while chunks are sealed and merged") {
  const TempDir dir;
  const std::uint64_t seed = fresh_seed();
  INFO("seed " << seed);
  const auto options = sealed::options(std::make_shared<ManualClock>());
  {
    Random random(seed);
    const Store store = Store::open(dir / "store.db", options).value();
    const Scope scope = store.scope({"acme", "ada"}).value();
    const auto ids = sealed::fill(scope, 2 * kChunk - 100, random);
    sealed::maintain(store);
    Batch batch;
    for (std::size_t i = 0; i < kChunk / 2 + 100; ++i) batch.forget(ids[i]);
    scope.write(batch).value();
  }
  {
    std::vector<Child> partners;
    partners.reserve(kPartners);
    for (int i = 0; i < kPartners; ++i) {
      partners.emplace_back("partner", std::vector<std::string>{dir.path().string(), std::to_string(i),
                                                                std::to_string(scaled(800, 20000)), std::to_string(seed)});
    }
    for (Child& partner : partners) {
      CHECK(partner.line(std::chrono::minutes(10)).value_or("nothing said") == "done");
      CHECK(partner.wait() == 0);
    }
  }
  const Store store = Store::open(dir / "store.db", options).value();
  sealed::maintain(store);
  CHECK(join(check_problems(store)) == "");
  const Scope scope = store.scope({"acme", "ada"}).value();
  const auto all = heard(dir.path());
  CHECK(all.size() > 100);
  for (const auto& [id, said] : all) {
    INFO(id << " " << said.word);
    CHECK(look_for(scope, said) == "");
  }
}
