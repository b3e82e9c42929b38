// SPDX-License-Identifier: Apache-2.0
// model.safetensors of an encoder: refused, or an encoder that works.
#include "encoder/tiny_model.hpp"
#include "fuzz/target.hpp"
#include "support/random.hpp"

#include <cmath>

using namespace mnemic;

namespace {

const test::TinyModel& model() {
  static const test::TinyModel made = [] {
    test::Random random(1);
    test::TinyModel filled{.hidden = 4, .intermediate = 4, .positions = 6};
    filled.fill(random);
    return filled;
  }();
  return made;
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const char* type : {"F32", "F16", "BF16"}) {
    test::Random random(2);
    test::TinyModel filled{.hidden = 4, .intermediate = 4, .positions = 6};
    filled.type = type;
    filled.root = all.empty() ? "" : "bert.";
    filled.fill(random);
    all.push_back(filled.safetensors());
  }
  return all;
}

}  // namespace

MNEMIC_FUZZ_TARGET(weights, seeds) {
  static const bool others = [] {
    fuzz::file_of("model/config.json", model().config());
    fuzz::file_of("model/vocab.txt", model().vocabulary_text());
    return true;
  }();
  (void)others;
  const auto path = fuzz::file_of("model/model.safetensors", bytes);
  fuzz::attempt([&] {
    const auto embedder = core::take(encoder::transformer_embedder(path.parent_path()));
    const std::vector<std::string_view> texts{"", "red greens"};
    std::vector<float> out(texts.size() * embedder->space().dimension);
    core::take(embedder->embed(texts, EmbedKind::kPassage, out));
    for (const float value : out) fuzz::require(std::fabs(value) <= 1.0001F, "a vector longer than 1");
  });
}
