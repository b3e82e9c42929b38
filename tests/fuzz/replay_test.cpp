// SPDX-License-Identifier: Apache-2.0
// The fuzz targets without a fuzzer: their seeds, the files kept under corpus/, and a second of random changes of both.
#include "fuzz/target.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace mnemic::test;
using mnemic::fuzz::Target;
using mnemic::fuzz::targets;

namespace {

std::vector<std::string> corpus_of(const Target& target) {
  std::vector<std::string> corpus = target.seeds();
  const auto kept = std::filesystem::path(MNEMIC_FUZZ_CORPUS) / target.name;
  if (!std::filesystem::exists(kept)) return corpus;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kept)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Some bytes of one, some of another, flipped, cut, doubled, and numbers that break arithmetic.
std::string changed(std::string bytes, const std::string& other, Random& random) {
  static const std::vector<std::string> tokens{"0", "-1", "1e999", "9223372036854775808", "null", "[", "{", "\"", "\\ud800", "\xff\xff\xff\xff",
                                               std::string(8, '\0'), std::string("\x7f\xff\xff\xff", 4), "\xc3\x28", "\xf0\x9f\x92\xa9", "\n"};
  for (std::size_t n = 1 + random.below(4); n > 0; --n) {
    const std::size_t at = random.below(bytes.size() + 1);
    switch (random.below(7)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2: bytes.erase(at, 1 + random.below(16)); break;
      case 3: bytes.insert(at, random.pick(tokens)); break;
      case 4: bytes.replace(at, std::min<std::size_t>(bytes.size() - at, random.below(9)), random.pick(tokens)); break;
      case 5: bytes.insert(at, other.substr(random.below(other.size() + 1), random.below(64))); break;
      default:
        if (random.chance(20)) bytes.resize(at);
    }
  }
  return bytes;
}

void replay(std::string_view name) {
  const auto found = std::find_if(targets().begin(), targets().end(), [name](const Target& target) { return target.name == name; });
  REQUIRE(found != targets().end());
  const std::vector<std::string> corpus = corpus_of(*found);
  REQUIRE_FALSE(corpus.empty());
  for (const std::string& bytes : corpus) found->run(bytes);
  Random random(fresh_seed());
  std::size_t runs = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(scaled(700, 60'000));
  for (; std::chrono::steady_clock::now() < until; ++runs) found->run(changed(random.pick(corpus), random.pick(corpus), random));
  CHECK(runs > 0);
}

}  // namespace

TEST_CASE("fuzz: files to import") { replay("import"); }
TEST_CASE("fuzz: JSON and filters") { replay("json"); }
TEST_CASE("fuzz: pages of a store") { replay("pages"); }
TEST_CASE("fuzz: rows of a store") { replay("rows"); }
TEST_CASE("fuzz: a table of token vectors") { replay("static_table"); }
TEST_CASE("fuzz: texts") { replay("text"); }
#ifdef MNEMIC_FUZZ_ENCODER
TEST_CASE("fuzz: the small files of an encoder") { replay("vocabulary"); }
TEST_CASE("fuzz: weights of an encoder") { replay("weights"); }
#endif
