// SPDX-License-Identifier: Apache-2.0
// Files of a model with random damage: an error that says something, or an embedder that works. Never a crash; under the
// sanitizers, never a wrong access.
#include "encoder/tiny_model.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <cmath>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

const std::vector<std::string> kInserts = {
    "0", "-1", "1e400", "18446744073709551615", "18446744073709551616", "4294967296", "2147483647", "[", "]", "{", "}", "\"", "\\", ",",
    ":", "null", "true", "[UNK]", "[CLS]", "##", "\n", "\r\n", "\xff", "\"F16\"", "\"F32\"", "\"BF16\"", "\"I64\"", "\"data_offsets\"",
    "\"shape\":[0]", std::string(1, '\0'), std::string(64, '['), "\\ud800"};

std::string mutated(std::string bytes, Random& random, std::size_t before) {
  for (std::size_t i = 0, count = 1 + random.below(3); i < count; ++i) {
    // Mostly where the structure is.
    const std::size_t reach = random.chance(80) ? std::min(before, bytes.size()) : bytes.size();
    const std::size_t at = random.below(reach + 1);
    switch (random.below(6)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2: bytes.erase(at, random.below(20)); break;
      case 3: bytes.insert(at, bytes.substr(random.below(bytes.size() + 1), random.below(200))); break;
      case 4: bytes.insert(at, random.pick(kInserts)); break;
      default:
        if (random.chance(20)) {
          bytes.resize(at);
        } else if (at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9') {
          bytes[at] = static_cast<char>('0' + random.below(10));
        } else {
          bytes.replace(at, std::min<std::size_t>(bytes.size() - at, random.below(4)), random.pick(kInserts));
        }
    }
  }
  return bytes;
}

void check_damage(const std::string& file, std::size_t rounds) {
  const std::vector<std::string_view> texts = {"", "red greens blue", "query: red, 日本"};
  const TempDir dir;
  for (const std::uint64_t seed : seeds()) {
    Random random(seed);
    std::size_t working = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
      TinyModel model{.hidden = 4, .intermediate = 4};
      model.type = random.pick({"F32", "F16", "BF16"});
      model.fill(random);
      if (round == 0) model.write(dir / "model");  // the files that stay whole
      const bool is_weights = file == "model.safetensors";
      const std::string bytes = file == "vocab.txt" ? model.vocabulary_text() : is_weights ? model.safetensors() : model.config();
      write_file(dir / "model" / file, mutated(bytes, random, is_weights ? bytes.find("}}") + 10 : bytes.size()));
      const auto embedder = encoder::transformer_embedder(dir / "model");
      INFO("seed " << seed << ", round " << round);
      if (!embedder) {
        if (embedder.status().message().empty()) FAIL("no message");
        if (embedder.status().code() == StatusCode::kInternal) FAIL(embedder.status().message());
        continue;
      }
      const std::size_t dimension = (*embedder)->space().dimension;
      std::vector<float> out(texts.size() * dimension);
      const Status status = (*embedder)->embed(texts, EmbedKind::kPassage, out);
      if (!status.ok() && status.code() != StatusCode::kCorruption) FAIL(status.to_string());
      if (!status.ok()) continue;
      ++working;
      for (const float value : out) {
        if (!(std::fabs(value) <= 1.0001F)) FAIL(value);
      }
    }
    CHECK(working > 0);
    CHECK(working < rounds);
  }
}

}  // namespace

TEST_CASE("encoder: damaged weights are refused or work") { check_damage("model.safetensors", scaled(1'500, 50'000)); }
TEST_CASE("encoder: a damaged config is refused or works") { check_damage("config.json", scaled(1'000, 50'000)); }
TEST_CASE("encoder: a damaged vocabulary is refused or works") { check_damage("vocab.txt", scaled(1'000, 50'000)); }
