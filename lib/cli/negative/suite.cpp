// SPDX-License-Identifier: Apache-2.0
#include "cli/negative/suite.hpp"

#include "cli/console.hpp"
#include "cli/store_arguments.hpp"
#include "cli/temp_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mnemic::cli::negative {
namespace {

constexpr std::size_t kTold = 20;  // of what was stale
constexpr std::array kLayers{Layer::kSemantic, Layer::kConversational, Layer::kEpisodic};
const Timestamp kStart = parse_time("2026-01-05T09:00:00Z").value();

/// Letters only, of one length, like no word: what a tokenizer keeps whole.
std::string token_of(std::size_t number) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz";
  std::string token = "zq";
  for (int i = 0; i < 5; ++i) {
    token += kLetters[number % kLetters.size()];
    number /= kLetters.size();
  }
  return token + "qv";
}

class Round {
 public:
  Round(const Options& options, std::size_t size, Report& report, std::function<void()> asked)
      : options_(options), size_(size), report_(report), asked_(std::move(asked)), place_(take(TempStore::make("negative"))),
        clock_(std::make_shared<HandClock>(kStart)), site_{clock_, open()} {}

  void run() {
    make_cases();
    plant(0);  // half of them before the others, so that a chunk has them, half after
    fill();
    do_jobs();
    plant(1);
    Store second = open();  // it has loaded everything before anything is spoilt
    controls(site_.store);
    controls(second);
    for (std::size_t i = 0; options_.spoil && i < cases_.size(); ++i) kind_of(i).spoil(site_, cases_[i]);
    if (options_.spoil) clock_->advance(2 * kShortLife);
    now_ = site_.seq();
    ask(site_.store, "");
    ask(second, ", in a second handle");
    ask(open(), ", in a new handle");
    if (!options_.again) return;
    do_jobs();
    ask(second, ", in a second handle after maintain");
    ask(open(), ", in a new handle after maintain");
  }

 private:
  template <typename T>
  static T take(Result<T> result) {
    if (!result) throw Error(result.status());
    return *std::move(result);
  }

  [[nodiscard]] Store open() const {
    mnemic::Options options;
    options.clock = clock_;
    options.random = seeded_random(size_ + opened_++);
    options.embedder = embedder_named(options_.embedder);
    options.durability = Durability::kRelaxed;
    return Store::open(place_.path(), options).value();
  }

  [[nodiscard]] const Kind& kind_of(std::size_t i) const { return options_.kinds[i / options_.per_kind]; }

  void make_cases() {
    for (std::size_t i = 0; i < options_.kinds.size() * options_.per_kind; ++i) {
      Case one;
      one.number = i;
      one.token = token_of(i);
      one.base = options_.text(size_ + i);
      one.text = one.base + " " + one.token;
      one.layer = kLayers[(i / options_.per_kind + i % options_.per_kind / 2) % kLayers.size()];
      cases_.push_back(std::move(one));
    }
    const auto embedder = embedder_named(options_.embedder);
    if (!embedder) return;
    const std::size_t dimension = embedder->space().dimension;
    for (const Case& one : cases_) {
      std::vector<float>& vector = vectors_.emplace_back(dimension);
      const std::string_view text = one.text;
      if (const Status status = embedder->embed({&text, 1}, EmbedKind::kQuery, vector); !status) throw Error(status);
      const bool none = std::all_of(vector.begin(), vector.end(), [](float value) { return value == 0.0F; });
      if (none) vector.clear();
    }
  }

  void plant(std::size_t half) {
    for (std::size_t i = half; i < cases_.size(); i += 2) {
      clock_->advance(std::chrono::seconds(1));
      kind_of(i).plant(site_, cases_[i]);
    }
  }

  /// What may be given: nine in ten in one layer, so that it gets a chunk, the rest turns and episodes.
  void fill() {
    constexpr std::size_t kBatch = 500;
    const Scope scope = site_.scope();
    for (std::size_t done = 0; done < size_;) {
      Batch batch;
      for (; done < size_ && batch.size() < kBatch; ++done) {
        MemoryInput input;
        input.text = options_.text(done);
        input.layer = done % 10 == 3 ? kLayers[1 + done / 10 % 2] : kLayers[0];
        if (input.layer == Layer::kConversational) input.session = "planted";
        batch.put(std::move(input));
      }
      (void)scope.write(batch).value();
    }
  }

  void do_jobs() const {
    while (site_.store.maintain({.items = 1000}).value().done > 0) {
      if (const Status status = check_interrupt(); !status) throw Error(status);
    }
  }

  /// Whether a read gives the case.
  [[nodiscard]] bool gives(const Store& store, const Mode& mode, std::size_t i, const Case& one, const Viewer& viewer, Seq as_of) const {
    Seen seen(one);
    const std::span<const float> vector = vectors_.empty() ? std::span<const float>() : std::span<const float>(vectors_[i]);
    try {
      mode.ask({store, store.scope(viewer.name, viewer.options).value(), one, as_of, vector}, seen);
    } catch (const Error& error) {
      if (error.status().code() != StatusCode::kNotFound) {
        throw Error(Status(error.status().code(), fmt::format("{} by {}: {}", kind_of(i).name, mode.name, error.status().message())));
      }
    }
    return seen.stale();
  }

  void controls(const Store& store) {
    const Seq now = site_.seq();
    each_read(kSearch, [&](std::size_t kind, std::size_t mode, std::size_t i) {
      const bool found = gives(store, options_.modes[mode], i, cases_[i], cases_[i].finder, now);
      for (Tally* tally : {&report_.by_kind[kind].second, &report_.by_mode[mode].second, &report_.all}) {
        ++tally->controls;
        tally->found += found ? 1 : 0;
      }
    });
  }

  void ask(const Store& store, std::string_view where) {
    each_read(0, [&](std::size_t kind, std::size_t mode, std::size_t i) {
      const Case& one = cases_[i];
      const bool stale = gives(store, options_.modes[mode], i, one, one.asker, one.as_of.value_or(now_));
      for (Tally* tally : {&report_.by_kind[kind].second, &report_.by_mode[mode].second, &report_.all}) {
        ++tally->asked;
        tally->stale += stale ? 1 : 0;
      }
      if (stale && report_.first_stale.size() < kTold) {
        report_.first_stale.push_back(fmt::format("{}, by {}, among {}{}", kind_of(i).name, options_.modes[mode].name, size_, where));
      }
    });
  }

  /// Calls `each(kind, mode, case)` for every read that must not give a case, and those of `besides`.
  template <typename Each>
  void each_read(unsigned besides, Each each) {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      if (const Status status = check_interrupt(); !status) throw Error(status);
      for (std::size_t mode = 0; mode < options_.modes.size(); ++mode) {
        if (((kind_of(i).absent_from | besides) & options_.modes[mode].reads) != 0) each(i / options_.per_kind, mode, i);
      }
    }
    asked_();
  }

  const Options& options_;
  std::size_t size_;
  Report& report_;
  std::function<void()> asked_;
  TempStore place_;
  mutable std::size_t opened_ = 0;
  std::shared_ptr<HandClock> clock_;
  Site site_;
  std::vector<Case> cases_;
  std::vector<std::vector<float>> vectors_;  // of their texts; none without an embedder
  Seq now_ = 0;
};

}  // namespace

void Seen::memory(const Memory& memory) {
  id(memory.id);
  text(memory.text);
  text(memory.content.is_null() ? std::string() : memory.content.dump());
}

void Seen::id(const MemoryId& id) { stale_ = stale_ || (!one_.id_stays && id == one_.id); }

void Seen::text(std::string_view text) { stale_ = stale_ || text.find(one_.token) != std::string_view::npos; }

Result<Report> run(const Options& options) {
  Report report;
  for (const Kind& kind : options.kinds) report.by_kind.emplace_back(kind.name, Tally());
  for (const Mode& mode : options.modes) report.by_mode.emplace_back(mode.name, Tally());
  const std::size_t rounds = options.sizes.size() * (options.again ? 7 : 5);
  std::size_t done = 0;
  const auto asked = [&] {
    ++done;
    if (options.on_progress) options.on_progress(done, rounds);
  };
  try {
    for (const std::size_t size : options.sizes) Round(options, size, report, asked).run();
  } catch (const Error& error) {
    return error.status();
  }
  for (const auto* tallies : {&report.by_kind, &report.by_mode}) {
    for (const auto& [name, tally] : *tallies) {
      if (tally.found == 0 && tally.asked + tally.controls > 0) report.blind.push_back(name);
    }
  }
  return report;
}

}  // namespace mnemic::cli::negative
