// SPDX-License-Identifier: Apache-2.0
// The secret screen: what it takes out, and what it leaves alone.
#include <mnemic/models.hpp>

#include <string>

#include "support/catch.hpp"

using Action = mnemic::ScreenVerdict::Action;

namespace {

// Keys are put together here, so that no scanner of repositories takes this file for a leak.
const std::string kLetters36 = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
const std::string kAws = std::string("AKIA") + "IOSFODNN7EXAMPLE";
const std::string kAwsSecret = std::string("wJalrXUtnFEMI/K7MDENG/") + "bPxRfiCYEXAMPLEKEY";
const std::string kGitHub = "ghp_" + kLetters36;
const std::string kGitHubPat = "github_pat_11ABCDEFG0" + kLetters36 + "_" + kLetters36;
const std::string kSlack = std::string("xox") + "b-123456789012-abcdefABCDEF";
const std::string kOpenAi = "sk-" + kLetters36 + "abcdefghijkl";
const std::string kOpenAiProject = "sk-proj-" + kLetters36 + "-_" + kLetters36;
const std::string kGoogle = "AIza" + kLetters36.substr(0, 33) + "-_";
const std::string kJwt = std::string("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.") + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
const std::string kKeyBody = "MIIEpAIBAAKCAQEA7bq0Zz0J\n9kQ3c5YwXlqYy8a1c2d3e4f5\nabc=\n";
const std::string kRsa = "-----BEGIN RSA PRIVATE KEY-----\n" + kKeyBody + "-----END RSA PRIVATE KEY-----";

std::string screened(const std::string& text) {
  const mnemic::ScreenVerdict verdict = mnemic::secret_screen()->check(text, "text");
  if (verdict.action == Action::kAccept) {
    CHECK(verdict.text.empty());
    return text;
  }
  CHECK(verdict.action == Action::kReplace);
  CHECK(verdict.reason.starts_with("redacted: "));
  CHECK(mnemic::secret_screen()->check(verdict.text, "text").action == Action::kAccept);  // once is enough
  return verdict.text;
}

}  // namespace

TEST_CASE("secret screen: keys", "[text]") {
  struct Case {
    std::string secret, kind;
  };
  const auto [secret, kind] = GENERATE(values<Case>({
      {kAws, "aws-key"},
      {kGitHub, "github-token"},
      {kGitHubPat, "github-token"},
      {kSlack, "slack-token"},
      {kOpenAi, "openai-key"},
      {kOpenAiProject, "openai-key"},
      {"sk-ant-api03-" + kLetters36, "anthropic-key"},
      {kGoogle, "google-key"},
      {kJwt, "jwt"},
      {kRsa, "private-key"},
      {"-----BEGIN PRIVATE KEY-----\n" + kKeyBody + "-----END PRIVATE KEY-----", "private-key"},
      {"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n" + kKeyBody + "-----END PGP PRIVATE KEY BLOCK-----",
       "private-key"},
      {"4111 1111 1111 1111", "card"},
      {"4111-1111-1111-1111", "card"},
      {"5555555555554444", "card"},
      {"378282246310005", "card"},
      {"3782 822463 10005", "card"},
      {"30569309025904", "card"},
      {"6011000990139424", "card"},
      {"3530111333300000", "card"},
      {"6304000000000000", "card"},
  }));
  CAPTURE(kind);
  const std::string mark = "[redacted:" + kind + "]";
  CHECK(screened(secret) == mark);
  CHECK(screened("my key is " + secret + ", keep it") == "my key is " + mark + ", keep it");
  CHECK(screened("(" + secret + ")\n\"" + secret + "\"") == "(" + mark + ")\n\"" + mark + "\"");
  CHECK(screened("我的密钥是" + secret + "。") == "我的密钥是" + mark + "。");
  const auto verdict = mnemic::secret_screen()->check(secret, "content");
  CHECK(verdict.reason == "redacted: " + kind);
}

TEST_CASE("secret screen: assignments", "[text]") {
  struct Case {
    std::string text, want;
  };
  const auto [text, want] = GENERATE(values<Case>({
      {"password: hunter2", "password: [redacted:password]"},
      {"Password: hunter2.", "Password: [redacted:password]."},
      {"PASSWORD=hunter2\nnext", "PASSWORD=[redacted:password]\nnext"},
      {"DB_PASSWORD = 'two words' # x", "DB_PASSWORD = '[redacted:password]' # x"},
      {"{\"password\": \"a\\\"b c\", \"n\": 1}", "{\"password\": \"[redacted:password]\", \"n\": 1}"},
      {"passwd:abc, user:ada", "passwd:[redacted:password], user:ada"},
      {"**Password:** hunter2", "**Password:** [redacted:password]"},
      {"https://x.org/?password=abc&user=ada", "https://x.org/?password=[redacted:password]&user=ada"},
      {"pwd=abc1 passphrase := xyz9", "pwd=[redacted:password] passphrase := [redacted:password]"},
      {"密码：abc123，谢谢", "密码：[redacted:password]，谢谢"},
      {"aws_secret_access_key = " + kAwsSecret, "aws_secret_access_key = [redacted:aws-key]"},
      {"password: \"never closed", "password: \"[redacted:password] closed"},
      {"password: " + kGitHub, "password: [redacted:password]"},
  }));
  CAPTURE(text);
  CHECK(screened(text) == want);
}

TEST_CASE("secret screen: what is no secret stays byte for byte", "[text]") {
  const std::string text = GENERATE(
      as<std::string>{},  //
      "", "Ada likes window seats.", "+49 170 1234567", "+1 (415) 555-2671", "call 0049 170 1234 5678 901",
      "+4111111111111111", "123e4567-e89b-12d3-a456-426614174000", "41111111-1111-4111-8111-111111111111",
      "da39a3ee5e6b4b0d3255bfef95601890afd80709", "4111111111111112 fails Luhn", "4111 1111 1111 1112", "1700000000000",
      "1700000000000000", "0.4111111111111111", "4111111111111111.5", "id_4111111111111111", "x4111111111111111",
      "41111111111111111111111111111111", "4111 1111 1111", "0000 0000 0000 0000", "2024-01-01 4111",
      "I forgot my password.", "the password is wrong", "password:", "password: ", "Password: required",
      "password: ****", "password = request.form[\"password\"]", "password = PasswordField('x')",
      "print(f\"password: {p}\")", "password: ${DB_PASSWORD}", "password: null", "PWD=/home/ada", "OLDPWD: abc",
      "passwords are bad", "[redacted:password]", "password: [redacted:password]",
      "sk-learn-is-a-library-for-machine-learning", "sk-this-is-a-css-class-name-of-some-length", "sk-short1",
      "risk-1234567890abcdefghij", "AKIA", "AKIAshort", "ghp_short", "github_pat_", "xoxb-", "eyJ",
      "eyJhbGciOi.only-two", "AIzaTooShort", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
      "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "------------",
      "caf\xC3\xA9 \xFF broken \x01 bytes", "日本語 😀 4242 号室");
  CAPTURE(text);
  CHECK(mnemic::secret_screen()->check(text, "text").action == Action::kAccept);
}

TEST_CASE("secret screen: several finds, and a key that was cut off", "[text]") {
  CHECK(screened("a " + kAws + " b 4111111111111111 c " + kAws) ==
        "a [redacted:aws-key] b [redacted:card] c [redacted:aws-key]");
  CHECK(mnemic::secret_screen()->check(kAws + " 4111111111111111 " + kAws, "text").reason == "redacted: aws-key card");
  CHECK(screened("-----BEGIN RSA PRIVATE KEY-----\n" + kKeyBody + "That was my key.") ==
        "[redacted:private-key]\nThat was my key.");
  CHECK(screened("export KEY=\\n" + kAws + "\\n") == "export KEY=\\n[redacted:aws-key]\\n");
  CHECK(screened(kRsa + "\nand\n" + kRsa) == "[redacted:private-key]\nand\n[redacted:private-key]");
}

TEST_CASE("secret screen: hostile sizes", "[text]") {
  for (const std::string part : {"-",
                                 "-----BEGIN PRIVATE KEY-----",
                                 "-----END PRIVATE KEY-----",
                                 "sk-",
                                 "eyJ",
                                 "eyJ.",
                                 "eyJeyJeyJeyJ.",
                                 "4111 ",
                                 "4",
                                 "password:",
                                 "password:\"",
                                 "password:'\"",
                                 "password=a(",
                                 "password\\\"",
                                 "password    ",
                                 "ghp_",
                                 "\\nghp_",
                                 "xoxb-",
                                 "hooks.slack.com/services/",
                                 "a",
                                 "日",
                                 "-----BEGIN PRIVATE KEY-----\nMIIB"}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    const auto verdict = mnemic::secret_screen()->check(text, "text");
    CHECK(verdict.text.size() < 20 * text.size());
  }
}
