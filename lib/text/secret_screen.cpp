// SPDX-License-Identifier: Apache-2.0
// The built-in Screen for secrets. The finders are hand-written, because std::regex recurses on long texts.
#include <mnemic/models.hpp>

#include <algorithm>
#include <optional>
#include <vector>

#include "text/ascii.hpp"
#include "text/secrets.hpp"

namespace mnemic {
namespace {

class SecretScreen final : public Screen {
 public:
  ScreenVerdict check(std::string_view text, std::string_view /*field*/) override {
    const std::vector<text::Find> finds = find_all(text);
    if (finds.empty()) return {};
    ScreenVerdict verdict;
    verdict.action = ScreenVerdict::Action::kReplace;
    verdict.reason = "redacted:";
    std::vector<std::string_view> named;
    std::size_t copied = 0;
    for (const text::Find& find : finds) {
      verdict.text.append(text.substr(copied, find.begin - copied))
          .append(text::kRedacted)
          .append(find.kind)
          .append("]");
      copied = find.end;
      if (std::find(named.begin(), named.end(), find.kind) != named.end()) continue;
      named.push_back(find.kind);
      verdict.reason.append(" ").append(find.kind);
    }
    verdict.text.append(text.substr(copied));
    return verdict;
  }

 private:
  static std::vector<text::Find> find_all(std::string_view text) {
    const text::PrivateKeys private_keys(text);
    std::vector<text::Find> finds;
    for (std::size_t at = 0; at < text.size();) {
      const std::optional<text::Find> found = find_at(text, at, private_keys);
      if (found) {
        finds.push_back(*found);
        at = found->end;
      } else if (text::is_digit(text[at])) {
        at = text::skip(text, at, text::is_digit);  // a number is looked at once
      } else {
        ++at;
      }
    }
    return finds;
  }

  static std::optional<text::Find> find_at(std::string_view text, std::size_t at,
                                           const text::PrivateKeys& private_keys) {
    const char c = text[at];
    if (c == '-') return private_keys.find(at);
    if (text::is_digit(c)) return text::find_card(text, at);
    if (text::is_alnum(c)) {
      if (auto found = text::find_known_key(text, at)) return found;
    }
    const char l = text::lower(c);
    if (l == 'p' || l == 's' || l == 'c' || l == 'm' || c == '\xE5' || c == '\xE3')
      return text::find_assignment(text, at);
    return std::nullopt;
  }
};

}  // namespace

std::shared_ptr<Screen> secret_screen() {
  return std::make_shared<SecretScreen>();
}

}  // namespace mnemic
