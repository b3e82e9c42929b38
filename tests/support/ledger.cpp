// SPDX-License-Identifier: Apache-2.0
#include "support/ledger.hpp"

#include <mnemic/layers/episodes.hpp>
#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/session.hpp>
#include <mnemic/layers/skills.hpp>

#include <algorithm>
#include <chrono>

namespace mnemic::test {

std::string unique_word(std::uint64_t number) {
  constexpr const char* kLetters = "bcdfghjklm";
  std::string word = "q";
  for (const char digit : std::to_string(number)) word.push_back(kLetters[digit - '0']);
  return word + "x";
}

namespace {

bool is_list(const std::string& key) { return key.find('~') != std::string::npos; }

}  // namespace

void Ledger::apply(Entries& entries, const Operation& operation) {
  for (const auto& effect : operation.effects) {
    if (is_list(effect.key)) {
      Entry& entry = entries[effect.key];
      entry.layer = effect.layer;
      entry.text += *effect.text + " ";
      entry.word = effect.word;
      continue;
    }
    if (!effect.text && !effect.links_only) {
      entries.erase(effect.key);
      for (auto& [key, entry] : entries) std::erase_if(entry.links, [&](const auto& link) { return link.second == effect.key; });
      continue;
    }
    if (!effect.links_only) {
      auto [entry, fresh] = entries.try_emplace(effect.key);
      if (!fresh) ++entry->second.version;
      entry->second.layer = effect.layer;
      entry->second.text = *effect.text;
      entry->second.word = effect.word;
    }
    for (const auto& link : effect.links) {
      if (link.there) entries[effect.key].links.insert({link.type, link.to});
      else entries[effect.key].links.erase({link.type, link.to});
    }
  }
}

std::vector<std::string> Operation::needs() const {
  std::vector<std::string> keys;
  for (const auto& effect : effects) {
    const bool changes = kind == Kind::kUpdate || kind == Kind::kForget || (!effect.text && !is_list(effect.key));
    if (changes) keys.push_back(effect.key);
    for (const auto& link : effect.links) keys.push_back(link.to);
  }
  return keys;
}

namespace {

Timestamp fact_begins(std::uint64_t number) { return Timestamp(std::chrono::hours(24) * (10'000 + static_cast<std::int64_t>(number % 10'000))); }

/// The chain of each subject's values: every one but the last ends where the next begins, is superseded, and has the
/// relation that says by what.
void read_facts(const Scope& scope, const std::string& prefix, Ledger::Entries& found, std::vector<std::string>& problems) {
  std::map<std::string, std::vector<Fact>> chains;
  FactListOptions options{.all = true, .where = Filter::metadata("fact.subject", Op::kPrefix, prefix), .limit = 500};
  do {
    auto page = scope.facts().list(options);
    if (!page) return problems.push_back("facts: " + page.status().to_string());
    for (auto& fact : page->items) chains[fact.subject].push_back(std::move(fact));
    options.cursor = page->next;
  } while (!options.cursor.empty());
  for (auto& [subject, chain] : chains) {
    std::sort(chain.begin(), chain.end(), [](const Fact& a, const Fact& b) { return a.holds.since < b.holds.since; });
    Ledger::Entry& entry = found[subject + "~values"];
    for (std::size_t n = 0; n < chain.size(); ++n) {
      const Fact& fact = chain[n];
      entry.text += fact.value + " ";
      entry.word = fact.value;
      const bool last = n + 1 == chain.size();
      const auto say = [&](const char* what) { problems.push_back("fact " + fact.value + " of " + subject + ": " + what); };
      if (last) {
        if (fact.holds.until || fact.memory.state != State::kActive) say("the last one does not stand");
      } else {
        if (fact.holds.until != chain[n + 1].holds.since) say("does not end where the next one begins");
        if (fact.memory.state != State::kSuperseded) say("is not superseded");
      }
      const auto old = scope.related(fact.memory.id, {.type = "supersedes", .direction = Direction::kOutgoing});
      if (!old) return problems.push_back("related: " + old.status().to_string());
      if (old->size() != (n == 0 ? 0 : 1) || (n > 0 && (*old)[0].memory.id != chain[n - 1].memory.id)) say("does not supersede the one before");
    }
    const auto now = scope.facts().about(subject);
    if (!now) problems.push_back("about: " + now.status().to_string());
    else if (now->size() != 1 || (*now)[0].value != entry.word) problems.push_back("about " + subject + " is not the last value");
  }
}

/// The runs of each skill, and that it has counted them.
void read_skills(const Scope& scope, const std::string& prefix, Ledger::Entries& found, std::vector<std::string>& problems) {
  SkillListOptions options{.where = Filter::metadata("skill.name", Op::kPrefix, prefix), .limit = 500};
  std::size_t linked = 0;
  do {
    auto page = scope.skills().list(options);
    if (!page) return problems.push_back("skills: " + page.status().to_string());
    for (const auto& skill : *page) {
      const auto runs = scope.related(skill.memory.id, {.type = "run_of", .direction = Direction::kIncoming, .limit = 10'000});
      if (!runs) return problems.push_back("related: " + runs.status().to_string());
      Ledger::Entry& entry = found[skill.name + "~runs"];
      entry.layer = Layer::kProcedural;
      std::size_t successes = 0;
      std::string newest;
      for (const auto& run : *runs) {
        entry.word = run.memory.content["steps"].at(0)["digest"].as_string();
        entry.text += entry.word + " ";
        const bool success = run.memory.metadata["run"]["outcome"].as_string() == "success";
        successes += success;
        if (success) newest = entry.word;
      }
      linked += runs->size();
      const auto say = [&](const std::string& what) { problems.push_back("skill " + skill.name + ": " + what); };
      if (skill.runs != runs->size()) say("counts " + std::to_string(skill.runs) + " runs, " + std::to_string(runs->size()) + " are there");
      if (skill.successes != successes || skill.failures != runs->size() - successes) say("has other outcomes than its runs");
      if (!newest.empty() && (skill.steps.size() != 1 || skill.steps[0].digest != newest)) say("has not the steps of its newest success");
    }
    options.cursor = page->next;
  } while (!options.cursor.empty());
  const auto runs = scope.count(Filter::metadata("run.skill", Op::kPrefix, prefix));
  if (!runs) problems.push_back("count: " + runs.status().to_string());
  else if (*runs != linked) problems.push_back(std::to_string(*runs) + " runs, " + std::to_string(linked) + " of a skill");
}

}  // namespace

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
      // Facts and runs have no key, skills have one of their own; they are read below, by subject and by name.
      if (memory.key.empty() || memory.layer == Layer::kProcedural) continue;
      const auto related = scope.related(memory.id, {.direction = Direction::kOutgoing, .limit = 10'000});
      if (!related) {
        problems.push_back("related: " + related.status().to_string());
        return found;
      }
      Entry entry{memory.layer, memory.text, word, memory.version};
      for (const auto& one : *related) entry.links.insert({one.relation.type, one.memory.key});
      if (!found.emplace(memory.key, entry).second) problems.push_back("key twice: " + memory.key);
    }
    options.cursor = page->next;
  } while (!options.cursor.empty());
  read_facts(scope, prefix, found, problems);
  read_skills(scope, prefix, found, problems);
  return found;
}

std::string first_difference(const Ledger::Entries& want, const Ledger::Entries& got) {
  for (const auto& [key, entry] : want) {
    const auto found = got.find(key);
    if (found == got.end()) return "missing: " + key + " version " + std::to_string(entry.version);
    if (found->second.text == entry.text && found->second.version == entry.version && found->second.links != entry.links) {
      return "different links: " + key + ": wanted " + std::to_string(entry.links.size()) + ", got " + std::to_string(found->second.links.size());
    }
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
    if (is_list(key)) {
      if (entry.layer != Layer::kSemantic) continue;
      const auto values = scope.recall({.text = entry.text}, {.k = 100, .layers = {Layer::kSemantic}});
      if (!values) {
        problems.push_back("recall " + key + ": " + values.status().to_string());
        continue;
      }
      const auto of_subject = [&](const Hit& hit) { return hit.memory.metadata["fact"]["subject"].as_string() + "~values" == key; };
      const auto standing = std::count_if(values->hits.begin(), values->hits.end(), of_subject);
      const auto last = std::find_if(values->hits.begin(), values->hits.end(), of_subject);
      if (standing != 1 || last->memory.metadata["fact"]["value"].as_string() != entry.word) problems.push_back("recall " + key + ": not the last value alone");
      continue;
    }
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
    if (entry.layer == Layer::kSemantic && !is_list(key)) choices.push_back(key);
  }
  const auto some_links = [&](const std::string& from) {
    std::vector<LinkEffect> links;
    for (std::size_t n = random_.below(3); n > 0 && !choices.empty(); --n) {
      const std::string to = random_.pick(choices);
      if (to != from) links.push_back({random_.pick({"about", "after"}), to, true});
    }
    return links;
  };
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
    case Operation::Kind::kFact:
    case Operation::Kind::kRun: {
      const bool fact = operation.kind == Operation::Kind::kFact;
      operation.number = counter_++;
      operation.subject = prefix_ + (fact ? "subject" : "skill") + std::to_string(random_.below(2));
      const std::string word = unique_word(operation.number);
      operation.effects.push_back({fact ? Layer::kSemantic : Layer::kProcedural, operation.subject + (fact ? "~values" : "~runs"), word, word});
      break;
    }
    case Operation::Kind::kEpisode: {
      Effect effect = fresh(Layer::kEpisodic);
      for (const auto& link : some_links({})) {
        const bool twice = std::any_of(effect.links.begin(), effect.links.end(), [&](const auto& one) { return one.to == link.to; });
        if (!twice) effect.links.push_back({"derived_from", link.to, true});
      }
      operation.effects.push_back(std::move(effect));
      break;
    }
    case Operation::Kind::kLinked: {
      Effect effect = fresh(Layer::kSemantic);
      effect.links = some_links(effect.key);
      operation.effects.push_back(std::move(effect));
      break;
    }
    case Operation::Kind::kLinks: {
      operation.effects.push_back(fresh(Layer::kSemantic));
      for (std::size_t n = 1 + random_.below(3); n > 0 && !choices.empty(); --n) {
        Effect effect{Layer::kSemantic, random_.pick(choices), std::nullopt, {}, {}, true};
        effect.links = some_links(effect.key);
        // And out with one that stands.
        const auto& standing = known.at(effect.key).links;
        if (!standing.empty()) effect.links.push_back({standing.begin()->first, standing.begin()->second, false});
        operation.effects.push_back(std::move(effect));
      }
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
      return scope.forget(memory->id, {.cascade = false, .durability = durability}).status();
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
    case Operation::Kind::kFact: {
      FactInput fact{.subject = operation.subject, .attribute = "is at", .value = first.word};
      fact.since = fact_begins(operation.number);
      return scope.facts().assert_fact(fact, options).status();
    }
    case Operation::Kind::kRun: {
      RunInput run{.goal = "do " + operation.subject, .skill = operation.subject};
      run.steps = {{.tool = "try", .digest = first.word}};
      run.outcome = operation.number % 3 == 0 ? Outcome::kFailure : Outcome::kSuccess;
      return scope.skills().record_run(run, options).status();
    }
    case Operation::Kind::kEpisode: {
      EpisodeInput episode{.text = *first.text};
      episode.key = first.key;
      for (const auto& link : first.links) {
        const auto source = scope.get(Layer::kSemantic, link.to);
        if (!source) return source.status();
        episode.sources.push_back(source->id);
      }
      return scope.episodes().record(episode, options).status();
    }
    case Operation::Kind::kLinked:
    case Operation::Kind::kLinks: {
      Batch batch;
      MemoryInput memory = input(first);
      for (const auto& effect : operation.effects) {
        std::optional<MemoryId> from;
        if (effect.links_only) {
          const auto found = scope.get(effect.layer, effect.key);
          if (!found) return found.status();
          from = found->id;
        } else if (operation.kind == Operation::Kind::kLinks) {
          batch.put(memory);
        }
        for (const auto& link : effect.links) {
          const auto to = scope.get(Layer::kSemantic, link.to);
          if (!to) return to.status();
          if (!from) memory.relations.push_back({link.type, to->id, {}});
          else if (link.there) batch.relate(*from, link.type, to->id, {});
          else batch.unrelate(*from, link.type, to->id);
        }
      }
      return operation.kind == Operation::Kind::kLinked ? scope.put(memory, options).status() : scope.write(batch, options).status();
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
