// SPDX-License-Identifier: Apache-2.0
// What is done to any text: tokens, passages, times, names, secrets, display.
#include <mnemic/models.hpp>

#include "core/utf8.hpp"
#include "fuzz/target.hpp"
#include "text/display.hpp"
#include "text/passages.hpp"
#include "text/person_names.hpp"
#include "text/time_expression.hpp"
#include "text/tokenizer.hpp"

using namespace mnemic;

namespace {

std::vector<std::string> seeds() {
  return {"We met last Tuesday evening, between 3 May 2023 and the end of June. Ada's e-mail: camelCase.",
          "password: hunter2hunter2 4111 1111 1111 1111 AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdefghijklmnopqrstuvwxyz",
          "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\neyJhbGciOi.eyJzdWIiOi.SflKxwRJSM",
          "東京で会いました。ราชอาณาจักร e\xCC\x81\xCC\x82 \xE2\x80\xAE gnp \x1b[31m", std::string(700, 'a') + ". " + std::string(50, 'b') + "! \xff"};
}

}  // namespace

MNEMIC_FUZZ_TARGET(text, seeds) {
  static text::Tokenizer tokenizer("english");
  static const auto screen = secret_screen();
  fuzz::attempt([&] {
    for (const text::Side side : {text::Side::kDocument, text::Side::kQuery}) {
      for (const std::string& token : tokenizer.tokens(bytes, side)) fuzz::require(!token.empty() && token.size() <= 256, "the size of a token");
    }
    (void)text::printable(bytes);
    (void)text::escape_for_prompt(bytes);
    if (!core::is_valid_utf8(bytes)) return;
    std::size_t covered = 0;
    for (const text::Range& range : text::passages(bytes)) {
      fuzz::require(range.begin <= covered && (range.end > covered || bytes.empty()) && range.end <= bytes.size(), "passages that leave something out");
      fuzz::require(range.end - range.begin <= text::kPassageBytes, "a passage that is too long");
      fuzz::require(core::is_valid_utf8(bytes.substr(range.begin, range.end - range.begin)), "a passage that begins or ends within a character");
      covered = range.end;
    }
    fuzz::require(core::is_valid_utf8(core::nfc(bytes)), "broken text");
    (void)text::find_time_expression(bytes, 1'700'000'000'000'000, "Europe/Lisbon");
    const text::NamesIn names(bytes);
    (void)names.contains(text::name_hash("Ada"));
    const ScreenVerdict verdict = screen->check(bytes, "text");
    if (verdict.action == ScreenVerdict::Action::kReplace) fuzz::require(core::is_valid_utf8(verdict.text), "a broken replacement");
  });
}
