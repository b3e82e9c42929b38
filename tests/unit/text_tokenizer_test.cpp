// SPDX-License-Identifier: Apache-2.0
// The tokenizer: terms in several scripts, stop words, stems, hostile sizes.
#include "text/tokenizer.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/utf8.hpp"
#include "support/catch.hpp"

using mnemic::text::Side;
using mnemic::text::Tokenizer;
using mnemic::text::TokenizerPool;

namespace {

std::string joined(const std::vector<std::string>& terms) {
  std::string out;
  for (const std::string& term : terms) out += (out.empty() ? "" : " ") + term;
  return out;
}

std::string document(std::string_view text) {
  return joined(Tokenizer("english").tokens(text, Side::kDocument));
}
std::string query(std::string_view text) {
  return joined(Tokenizer("english").tokens(text, Side::kQuery));
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("tokenizer: terms of documents", "[text]") {
  struct Case {
    std::string text, terms;
  };
  const auto [text, terms] = GENERATE(values<Case>({
      {"", ""},
      {" \t\n.,;!?", ""},
      {"The cats were running", "the cat were run"},
      {"Ada's don't e-mail O’Brien foo_bar", "ada dont e mail obrien foo bar"},
      {"it's 'quoted' rock'n'roll' '", "it quot rocknrol"},
      {"3.5 1,000 p53 GPT4", "gpt 3 5 1 000 p53 gpt4"},
      {"https://x.org/a?b=1", "https x org a b 1"},
      {"getUserName Straße naïve", "get user name getusernam strass naiv"},
      {"PDFReader miRNA LoCoMo PDFs iPhone15Pro", "pdf reader rna phone pro pdfreader mirna locomo pdfs iphone15pro"},
      {"CAFÉ Café cafe\xCC\x81", "cafe cafe cafe"},  // case, NFC and NFD
      {"Ёлка ЁЛКА", "елка елка"},                    // Cyrillic; accents go
      {"Ὀδυσσεύς ΟΔΥΣΣΕΥΣ", "οδυσσευσ οδυσσευσ"},    // final sigma
      {"İstanbul ISTANBUL", "istanbul istanbul"},    // dotted capital I
      {"ﬁne ＡＢＣ １２ ① x²", "fine abc 12 1 x2"},  // compatibility forms
      {"金融科技 AI论坛", "金融 融科 科技 金 融 科 技 ai 论坛 论 坛"},
      {"字", "字"},
      {"東京・大阪", "東京 東 京 大阪 大 阪"},  // the middle dot separates
      {"한국어", "한국 국어 한 국 어"},
      {"हिन्दी भाषा", "हिन्दी भाषा"},  // vowel signs belong to words
      {"مرحبا بالعالم", "مرحبا بالعالم"},
      {"😀 ok 👩‍👩‍👧 🇵🇹", "ok"},
      {"a\x80z caf\xC3", "a z caf"},  // broken UTF-8 separates
  }));
  CAPTURE(text);
  CHECK(document(text) == terms);
}

TEST_CASE("tokenizer: a query loses its stop words, but never all words", "[text]") {
  CHECK(query("Where is Ada's cat?") == "ada cat");
  CHECK(query("what did I say about the cats") == "say cat");
  CHECK(query("who is the") == "who is the");
  CHECK(query("The Who") == "the who");
  CHECK(query("in May") == "may");  // a month
  CHECK(query("") == "");
  CHECK(query("is 我") == "我");
  CHECK(query("cat and cat") == "cat cat");  // repetitions stay: the caller decides
  CHECK(document("who is the") == "who is the");
}

TEST_CASE("tokenizer: composed and decomposed texts have the same terms", "[text]") {
  for (const char* text : {"Ãrvíztűrő tükörfúrógép", "Ελληνικά", "ภาษาไทย", "Tiếng Việt", "각하 가나다", "ガギグ"}) {
    CAPTURE(text);
    CHECK(document(text) == document(mnemic::core::nfc(text)));
    CHECK_FALSE(document(text).empty());
  }
  CHECK(document("Tie\xCC\x82\xCC\x81ng") == document("Ti\xE1\xBA\xBFng"));
  CHECK(document("\xE3\x82\xAB\xE3\x82\x99") == document("\xE3\x82\xAC"));
  CHECK(document("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB\xEA\xB5\xAD") == document("한국"));
}

TEST_CASE("tokenizer: other languages", "[text]") {
  CHECK(Tokenizer::supports("english"));
  CHECK(Tokenizer::supports("german"));
  CHECK(Tokenizer::supports("russian"));
  for (const char* language : {"", "klingon", "English ", "../english"}) CHECK_FALSE(Tokenizer::supports(language));
  CHECK_FALSE(Tokenizer::supports(std::string("english\0x", 9)));
  CHECK(joined(Tokenizer("german").tokens("Häuser und was", Side::kQuery)) == "haus und was");  // no English stop words
  CHECK(joined(Tokenizer("klingon").tokens("running cats", Side::kDocument)) == "running cats");
}

TEST_CASE("tokenizer: huge texts", "[text]") {
  Tokenizer tokenizer("english");
  const auto longest = [](const std::vector<std::string>& terms) {
    std::size_t most = 0;
    for (const std::string& term : terms) most = std::max(most, term.size());
    return most;
  };
  SECTION("one word of a megabyte") {
    CHECK(tokenizer.tokens(repeated("a", 1 << 20), Side::kDocument) == std::vector{repeated("a", 64)});
    CHECK(tokenizer.tokens(repeated("é", 1 << 19), Side::kDocument) == std::vector{repeated("e", 64)});
    const auto wide = tokenizer.tokens(repeated("𝔄\xF0\x9E\xA4\xA2", 1 << 17), Side::kDocument);  // ADLAM, 4 bytes each
    REQUIRE(wide.size() == 1);
    CHECK(wide[0].size() <= 256);
    CHECK(mnemic::core::is_valid_utf8(wide[0]));
  }
  SECTION("one camelCase word of a megabyte") {
    const auto terms = tokenizer.tokens(repeated("fooBar", 1 << 17), Side::kDocument);
    CHECK(terms.size() == 2 + (1 << 17));
    CHECK(longest(terms) <= 64);
  }
  SECTION("apostrophes, marks, ideographs") {
    CHECK(tokenizer.tokens(repeated("a'", 1 << 19), Side::kDocument).size() == 1);
    CHECK(tokenizer.tokens(repeated("'", 1 << 20), Side::kDocument).empty());
    CHECK(tokenizer.tokens("a" + repeated("\xCC\x81\xCC\xA3", 1 << 18), Side::kDocument) ==
          std::vector<std::string>{"a"});
    CHECK(longest(tokenizer.tokens("ب" + repeated("\xD6\x91\xD6\x92", 1 << 17), Side::kDocument)) <= 256);
    CHECK(tokenizer.tokens(repeated("字", 100'000), Side::kDocument).size() == 199'999);
  }
  SECTION("ten megabytes of words") {
    CHECK(tokenizer.tokens(repeated("ten megs  ", 1 << 20), Side::kDocument).size() == 2 << 20);
  }
}

TEST_CASE("tokenizer: a pool serves many threads", "[text]") {
  TokenizerPool pool("english");
  const std::string text = "Running getUserName 金融科技 O'Brien naïve organizations";
  const auto expected = pool.lease()->tokens(text, Side::kDocument);
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        if (pool.lease()->tokens(text, Side::kDocument) != expected) ++different;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}

TEST_CASE("tokenizer: versions and hashes are stable", "[text]") {
  CHECK(mnemic::text::tokenizer_version().starts_with("2-unicode"));
  CHECK(mnemic::text::term_hash("") == 0x2d06800538d394c2u);  // XXH3's own test vector
  CHECK(mnemic::text::term_hash("cat") == mnemic::text::term_hash(std::string("cat")));
  CHECK(mnemic::text::term_hash("cat") != mnemic::text::term_hash("car"));
}
