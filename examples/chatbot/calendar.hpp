// SPDX-License-Identifier: Apache-2.0
// Moments as people read them: in a time zone.
#pragma once

#include <mnemic/types.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace chatbot {

class Calendar {
 public:
  /// @throws std::runtime_error for an unknown IANA zone name.
  explicit Calendar(std::string zone);

  [[nodiscard]] const std::string& zone() const noexcept { return zone_; }
  [[nodiscard]] std::string day(mnemic::Timestamp time) const;        ///< "Saturday, 7 March 2026"
  [[nodiscard]] std::string moment(mnemic::Timestamp time) const;     ///< "7 March 2026, 09:41"
  [[nodiscard]] std::string short_day(mnemic::Timestamp time) const;  ///< "7 March 2026"
  /// "since 7 March 2026", "7 March 2026 to 3 June 2026", "7 March 2026, 09:41 to 10:02"; without an end it goes on.
  [[nodiscard]] std::string interval(mnemic::Timestamp since, std::optional<mnemic::Timestamp> until) const;
  [[nodiscard]] std::string clock(mnemic::Timestamp time) const;  ///< "09:41"
  [[nodiscard]] std::string date(mnemic::Timestamp time) const;   ///< "2026-03-07"

 private:
  [[nodiscard]] std::string format(const char* pattern, mnemic::Timestamp time) const;
  std::string zone_;
};

/// The moment it is, as memories have it.
mnemic::Timestamp now();

/// The zone this computer is set to; "UTC" when that cannot be told.
std::string system_zone();

}  // namespace chatbot
