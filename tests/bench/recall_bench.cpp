// SPDX-License-Identifier: Apache-2.0
// recall_bench FILE N_QUERIES: opens a store of 2,000 short memories (and makes it first, always the same), recalls k=10
// for each of the queries, and prints the median time and the queries as JSON.
#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace mnemic;

constexpr std::size_t kMemories = 2'000;
constexpr std::size_t kChunk = 500;
constexpr std::array kWords = {"train", "seat",   "hotel", "coffee", "budget", "meeting", "garden", "doctor",
                               "music", "recipe", "paint", "letter", "summer", "bridge",  "camera", "market"};

/// A few words, the same for the same number.
std::string words_of(std::size_t number, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    number = (number * 1'103'515'245 + 12'345) % 2'147'483'648;
    text += (i == 0 ? "" : " ") + std::string(kWords[number / 65'536 % kWords.size()]);
  }
  return text;
}

template <typename T>
T take(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "recall_bench: %s\n", result.status().to_string().c_str());
    std::exit(1);
  }
  return *std::move(result);
}

void fill(const Scope& scope) {
  if (take(scope.count()) == kMemories) return;
  for (std::size_t first = 0; first < kMemories; first += kChunk) {
    Batch batch;
    for (std::size_t n = first; n < first + kChunk; ++n) {
      MemoryInput memory;
      memory.key = std::to_string(n);
      memory.text = "Note " + memory.key + " about " + words_of(n, 8);
      batch.put(std::move(memory));
    }
    take(scope.write(batch));
  }
}

double median_microseconds(const Scope& scope, const std::vector<std::string>& queries) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (const std::string& query : queries) {
    const auto start = Clock::now();
    take(scope.recall({.text = query}, {.k = 10}));
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (count == 0) {
    std::fprintf(stderr, "usage: recall_bench FILE N_QUERIES\n");
    return 2;
  }
  const Store store = take(Store::open(argv[1]));
  const Scope scope = take(store.scope({"bench"}));
  fill(scope);
  std::vector<std::string> queries;
  for (std::size_t n = 0; n < count; ++n) queries.push_back(words_of(n + kMemories, 3));
  median_microseconds(scope, queries);  // loads the partition and warms up
  std::printf("{\"median_us\": %.2f, \"memories\": %zu, \"queries\": [", median_microseconds(scope, queries), kMemories);
  for (std::size_t n = 0; n < count; ++n) std::printf("%s\"%s\"", n == 0 ? "" : ", ", queries[n].c_str());
  std::printf("]}\n");
}
