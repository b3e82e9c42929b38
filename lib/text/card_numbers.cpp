// SPDX-License-Identifier: Apache-2.0
// Payment card numbers: the issuer, the length, the grouping and the check digit must all fit.
#include "text/secrets.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "text/ascii.hpp"

namespace mnemic::text {
namespace {

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, twice = !twice) {
    const int digit = *it - '0';
    sum += twice ? (digit < 5 ? 2 * digit : 2 * digit - 9) : digit;
  }
  return sum % 10 == 0;
}

/// Whether an issuer gives out numbers that begin so and are so long (ISO/IEC 7812 ranges of the large networks).
bool is_issued(std::string_view digits) {
  const std::size_t length = digits.size();
  int head = 0;
  for (std::size_t i = 0; i < 4; ++i) head = head * 10 + (digits[i] - '0');
  const int two = head / 100;
  if (head / 1000 == 4) return length == 13 || length == 16 || length == 19;                      // Visa
  if ((two >= 51 && two <= 55) || (head >= 2221 && head <= 2720)) return length == 16;            // Mastercard
  if (two == 34 || two == 37) return length == 15;                                                // American Express
  if (two == 36 || two == 38 || two == 39 || head / 10 <= 305) return two >= 30 && length == 14;  // Diners Club
  if (head >= 3528 && head <= 3589) return length >= 16;                                          // JCB
  return (two == 50 || (two >= 56 && two <= 69)) && length >= 13;  // Maestro, Discover, UnionPay
}

bool is_card(std::string_view digits) {
  return digits.size() >= 13 && digits.size() <= 19 && is_issued(digits) && passes_luhn(digits);
}

bool is_card_grouping(const std::vector<std::size_t>& groups) {
  static const auto matches = [](const std::vector<std::size_t>& got, std::initializer_list<std::size_t> want) {
    return std::equal(got.begin(), got.end(), want.begin(), want.end());
  };
  if (groups.size() == 5) {
    return groups[4] <= 3 && std::all_of(groups.begin(), groups.begin() + 4, [](std::size_t n) { return n == 4; });
  }
  return matches(groups, {4, 4, 4, 4}) || matches(groups, {4, 6, 5}) || matches(groups, {4, 6, 4});
}

/// Whether a number may begin at `at`: not inside a word, a longer code, a decimal fraction or a +49 phone number.
bool at_number_start(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (is_key_char(before) || before == '+') return false;
  return !((before == '.' || before == ',') && at > 1 && is_digit(text[at - 2]));
}

bool at_number_end(std::string_view text, std::size_t at) {
  if (at == text.size()) return true;
  if (is_alnum(text[at]) || text[at] == '_') return false;
  return !(text[at] == '.' && at + 1 < text.size() && is_digit(text[at + 1]));
}

}  // namespace

std::optional<Find> find_card(std::string_view text, std::size_t at) {
  if (!at_number_start(text, at)) return std::nullopt;
  std::string digits;
  std::vector<std::size_t> groups;
  std::optional<Find> best;
  char separator = '\0';
  for (std::size_t from = at; groups.size() < 5;) {
    const std::size_t end = skip(text, from, is_digit);
    if (end == from || digits.size() + (end - from) > 19) break;
    digits.append(text.substr(from, end - from));
    groups.push_back(end - from);
    const bool grouped = groups.size() == 1 || is_card_grouping(groups);
    if (grouped && at_number_end(text, end) && is_card(digits)) best = Find{at, end, "card"};
    if (end == text.size() || (text[end] != ' ' && text[end] != '-')) break;
    if (separator != '\0' && text[end] != separator) break;
    separator = text[end];
    from = end + 1;
  }
  return best;
}

}  // namespace mnemic::text
