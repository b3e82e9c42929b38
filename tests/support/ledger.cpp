// SPDX-License-Identifier: Apache-2.0
#include "support/ledger.hpp"

#include <mnemic/layers/session.hpp>

#include <algorithm>

namespace mnemic::test {

std::string unique_word(std::uint64_t number) {
  constexpr const char* kLetters = "bcdfghjklm";
  std::string word = "q";
  for (const char digit : std::to_string(number)) word.push_back(kLetters[digit - '0']);
  return word + "x";
}

void Ledger::apply(Entries& entries, const Operation& operation) {
  for (const auto& effect : operation.effects) {
    if (!effect.text) {
      entries.erase(effect.key);
      continue;
    }
    auto [entry, fresh] = entries.try_emplace(effect.key);
    if (!fresh) ++entry->second.version;
    entry->second.layer = effect.layer;
    entry->second.text = *effect.text;
    entry->second.word = effect.word;
  }
}

Ledger::Entries Ledger::read(const Scope& scope, const std::string& prefix, std::vector<std::string>& problems) {
  Entries found;
  ListOptions options;
  options.where = Filter::where("key", Op::kPrefix, prefix);
  options.order = Order::kCreated;
  options.limit = 500;
  do {
    auto page = scope.list(options);
    if (!page) {
      problems.push_back("list: " + page.status().to_string());
      return found;
    }
    for (const auto& memory : *page) {
      const auto at = memory.text.find(" q");
      const std::string word = at == std::string::npos ? "" : memory.text.substr(at + 1, memory.text.find(' ', at + 1) - at - 1);
      if (!found.emplace(memory.key, Entry{memory.layer, memory.text, word, memory.version}).second) {
        problems.push_back("key twice: " + memory.key);
      }
    }
    options.cursor = page->next;
  } while (!options.cursor.empty());
  return found;
}

std::string first_difference(const Ledger::Entries& want, const Ledger::Entries& got) {
  for (const auto& [key, entry] : want) {
    const auto found = got.find(key);
    if (found == got.end()) return "missing: " + key + " version " + std::to_string(entry.version);
    if (!(found->second == entry)) {
      return "different: " + key + ": wanted version " + std::to_string(entry.version) + " '" + entry.text +
             "', got version " + std::to_string(found->second.version) + " '" + found->second.text + "'";
    }
  }
  for (const auto& [key, entry] : got) {
    if (!want.contains(key)) return "extra: " + key + " version " + std::to_string(entry.version);
  }
  return {};
}

std::vector<std::string> Ledger::compare(const Scope& scope, const std::string& prefix, const Operation* under_way) {
  std::vector<std::string> problems;
  const Entries got = read(scope, prefix, problems);
  const auto under = [&](const Entries& entries) {
    Entries some;
    for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) some.insert(*at);
    return some;
  };
  const std::string without = first_difference(under(entries_), got);
  if (without.empty()) return problems;
  if (under_way != nullptr) {
    Entries with = entries_;
    apply(with, *under_way);
    const std::string difference = first_difference(under(with), got);
    if (difference.empty()) {
      entries_ = std::move(with);
      return problems;
    }
    problems.push_back("with the write under way: " + difference);
  }
  problems.push_back(without);
  return problems;
}

std::vector<std::string> Ledger::recall(const Scope& scope, const std::string& prefix, std::size_t limit) const {
  std::vector<std::string> problems;
  std::size_t looked = 0;
  for (auto at = entries_.rbegin(); at != entries_.rend() && looked < limit; ++at) {
    const auto& [key, entry] = *at;
    if (!key.starts_with(prefix)) continue;
    ++looked;
    const auto got = scope.get(entry.layer, key);
    if (!got) {
      problems.push_back("get " + key + ": " + got.status().to_string());
      continue;
    }
    if (got->text != entry.text || got->version != entry.version) problems.push_back("get " + key + ": another text or version");
    const auto answer = scope.recall({.text = entry.word}, {.k = 10});
    if (!answer) {
      problems.push_back("recall " + key + ": " + answer.status().to_string());
      continue;
    }
    const bool found = std::any_of(answer->hits.begin(), answer->hits.end(), [&](const Hit& hit) { return hit.memory.id == got->id; });
    if (!found) problems.push_back("recall does not find " + key + " by " + entry.word);
  }
  return problems;
}

Workload::Workload(std::string prefix, std::uint64_t seed, std::vector<Operation::Kind> kinds)
    : prefix_(std::move(prefix)), random_(seed), kinds_(std::move(kinds)), counter_((seed % 1'000'000) * 10'000) {}

Effect Workload::fresh(Layer layer) {
  const std::uint64_t n = counter_++;
  const std::string word = unique_word(n);
  return {layer, prefix_ + std::to_string(n), "The note " + word + " is about " + std::to_string(n % 17) + " things.", word};
}

Operation Workload::next() {
  Operation operation;
  operation.kind = random_.pick(kinds_);
  const auto& known = ledger_.entries();
  const bool changes = operation.kind == Operation::Kind::kUpsert || operation.kind == Operation::Kind::kUpdate ||
                       operation.kind == Operation::Kind::kForget;
  std::vector<std::string> choices;
  for (const auto& [key, entry] : known) {
    if (entry.layer == Layer::kSemantic) choices.push_back(key);
  }
  if (changes && choices.empty()) operation.kind = Operation::Kind::kPut;
  switch (operation.kind) {
    case Operation::Kind::kPut:
      operation.effects.push_back(fresh(Layer::kSemantic));
      break;
    case Operation::Kind::kUpsert:
    case Operation::Kind::kUpdate: {
      Effect effect = fresh(Layer::kSemantic);
      effect.key = random_.pick(choices);
      operation.effects.push_back(std::move(effect));
      break;
    }
    case Operation::Kind::kForget:
      operation.effects.push_back({Layer::kSemantic, random_.pick(choices), std::nullopt, {}});
      break;
    case Operation::Kind::kAppend: {
      operation.session = "s" + std::to_string(random_.below(2));
      for (std::size_t n = 1 + random_.below(3); n > 0; --n) operation.effects.push_back(fresh(Layer::kConversational));
      break;
    }
    case Operation::Kind::kBatch: {
      for (std::size_t n = 2 + random_.below(4); n > 0; --n) operation.effects.push_back(fresh(Layer::kSemantic));
      if (!choices.empty()) operation.effects.push_back({Layer::kSemantic, random_.pick(choices), std::nullopt, {}});
      break;
    }
  }
  ledger_.acknowledge(operation);
  return operation;
}

Status perform(const Scope& scope, const Operation& operation, std::optional<Durability> durability) {
  const auto input = [](const Effect& effect) {
    MemoryInput in;
    in.key = effect.key;
    in.layer = effect.layer;
    in.text = *effect.text;
    return in;
  };
  const WriteOptions options{.durability = durability};
  const Effect& first = operation.effects.front();
  switch (operation.kind) {
    case Operation::Kind::kPut:
    case Operation::Kind::kUpsert:
      return scope.put(input(first), options).status();
    case Operation::Kind::kUpdate: {
      const auto memory = scope.get(first.layer, first.key);
      if (!memory) return memory.status();
      MemoryChange change;
      change.text = first.text;
      return scope.update(memory->id, change, {.if_version = memory->version, .durability = durability}).status();
    }
    case Operation::Kind::kForget: {
      const auto memory = scope.get(first.layer, first.key);
      if (!memory) return memory.status();
      return scope.forget(memory->id, {.dry_run = false, .durability = durability}).status();
    }
    case Operation::Kind::kAppend: {
      std::vector<Turn> turns;
      for (const auto& effect : operation.effects) {
        Turn turn;
        turn.author = "user";
        turn.text = *effect.text;
        turn.key = effect.key;
        turns.push_back(std::move(turn));
      }
      return scope.session(operation.session).append(turns, options).status();
    }
    case Operation::Kind::kBatch: {
      Batch batch;
      for (const auto& effect : operation.effects) {
        if (effect.text) {
          batch.put(input(effect));
        } else {
          const auto memory = scope.get(effect.layer, effect.key);
          if (!memory) return memory.status();
          batch.forget(memory->id);
        }
      }
      return scope.write(batch, options).status();
    }
  }
  return {};
}

std::vector<std::string> check_problems(const Store& store) {
  const auto report = store.check();
  if (!report) return {"check: " + report.status().to_string()};
  std::vector<std::string> problems;
  for (const auto& issue : report->issues) problems.push_back("check: " + issue.where + ": " + issue.what);
  return problems;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace mnemic::test
