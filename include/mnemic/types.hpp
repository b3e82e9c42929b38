// SPDX-License-Identifier: Apache-2.0
// Small values that everything else is made of: ids, namespaces, layers, times, states, trust.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/status.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// A moment in UTC, microseconds since 1970-01-01. The library reads no clock but the injected one (clock.hpp).
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// "2026-05-08T13:56:00.000000Z" (RFC 3339, always UTC; fraction left out when zero); "open" for kOpenEnd.
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string to_string(Timestamp time);

/// Reads RFC 3339 ("2026-05-08T13:56:00Z", "…+01:00", a space for the T, a fraction), a plain date, or "open".
/// @errors  kInvalidArgument: anything else, or a year outside 0000 to 9999.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Result<Timestamp> parse_time(std::string_view text);

/// As above, in a zone: "2026-05-08 13:56" or "2026-05-08" (midnight) is that zone's civil time. A form with an offset or a Z
/// keeps its own. A civil time that a change of clocks skips is taken as the moment of the change; one that it repeats, as
/// the first of the two.
/// @errors  kInvalidArgument: as above, or an unknown zone.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Result<Timestamp> parse_local_time(std::string_view text, std::string_view time_zone);
/// "2026-05-08 13:56 WEST", to the minute; the UTC form of `to_string` when the zone is unknown.
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string to_local_string(Timestamp time, std::string_view time_zone);

/// The end of what has begun and not ended: an episode under way, a fact that still holds. Later than every other time;
/// "open" in JSON and filters.
inline constexpr Timestamp kOpenEnd = Timestamp::max();

/// The store-wide change number. Every committed change has one; they only grow. 0 is "before the first change".
using Seq = std::uint64_t;

/// Names one memory for its whole life, in every version of it. UUIDv7 (RFC 9562), so ids sort by creation time.
class MemoryId {
 public:
  constexpr MemoryId() = default;  ///< nil
  explicit constexpr MemoryId(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr bool is_nil() const noexcept { return bytes_ == std::array<std::uint8_t, 16>{}; }
  /// "0197a0b2-7c11-7d3e-8a55-0123456789ab"
  [[nodiscard]] MNEMIC_EXPORT std::string to_string() const;
  /// Reads the form above, upper or lower case.
  /// @errors  kInvalidArgument: not 8-4-4-4-12 hexadecimal digits.
  /// @threads Any. @since 0.1
  static MNEMIC_EXPORT Result<MemoryId> parse(std::string_view text);

  friend constexpr auto operator<=>(const MemoryId&, const MemoryId&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// Where a memory lives: a list of segments, `{"acme", "ada"}`. The first is the tenant. Segments are compared after
/// Unicode NFC normalisation, so two spellings of one name are one namespace; otherwise byte for byte (`%`, `*` and `/`
/// mean nothing special in a segment).
class Namespace {
 public:
  Namespace() = default;  ///< empty: names no namespace; every call that needs one refuses it
  Namespace(std::initializer_list<std::string_view> segments) : segments_(segments.begin(), segments.end()) {}
  explicit Namespace(std::vector<std::string> segments) : segments_(std::move(segments)) {}

  [[nodiscard]] const std::vector<std::string>& segments() const noexcept { return segments_; }
  /// The printed form: segments joined by `/`, with `%`, `/` and control characters as %XX. One namespace, one form.
  [[nodiscard]] MNEMIC_EXPORT std::string to_string() const;
  /// Reads the printed form back and normalises it.
  /// @errors  kInvalidArgument: as `normalized()`, or a broken %XX.
  /// @threads Any. @since 0.1
  static MNEMIC_EXPORT Result<Namespace> parse(std::string_view printed);
  /// The same namespace with every segment checked and in NFC.
  /// @errors  kInvalidArgument: no segment, more than 16, an empty one, `.` or `..`, broken UTF-8, a control character,
  ///          or a segment over 255 bytes.
  /// @threads Any. @since 0.1
  [[nodiscard]] MNEMIC_EXPORT Result<Namespace> normalized() const;
  /// True when `other` is this namespace or lies below it. Both are taken as already normalised.
  [[nodiscard]] MNEMIC_EXPORT bool contains(const Namespace& other) const noexcept;

  friend auto operator<=>(const Namespace&, const Namespace&) = default;

 private:
  std::vector<std::string> segments_;
};

/// The four kinds of memory. Stored: do not renumber.
enum class Layer : std::uint8_t {
  kConversational = 1,  ///< turns of a conversation, in order (session.hpp)
  kEpisodic = 2,        ///< events: what, when, who, why, outcome
  kSemantic = 3,        ///< facts, preferences, notes; the default of `Scope::put`
  kProcedural = 4,      ///< how things are done: runs and skills
};

/// How far the source of a memory is to be believed; more is higher. Derived memories carry the least of their sources.
/// Stored: do not renumber.
enum class Trust : std::uint8_t {
  kExternal = 10,  ///< a web page, a mail, a stranger; also what nobody stated
  kModel = 20,     ///< inferred by a language model
  kTool = 30,      ///< returned by a tool of the application
  kUser = 40,      ///< said by the user
  kOperator = 50,  ///< set by whoever runs the application
};

/// Where a memory stands. Stored: do not renumber.
enum class State : std::uint8_t {
  kActive = 1,       ///< the ordinary state
  kProposed = 2,     ///< waits for confirmation; recalled with a warning
  kConfirmed = 3,    ///< confirmed by someone; recalled
  kRejected = 4,     ///< refused by someone; kept, never recalled
  kSuperseded = 5,   ///< replaced by a newer value; kept, recalled only for a moment when it held (RecallOptions::valid_at)
  kQuarantined = 6,  ///< held back by a Screen; kept, never recalled
};

/// How something ended. Stored: do not renumber.
enum class Outcome : std::uint8_t {
  kUnknown = 0,  ///< nobody said
  kSuccess = 1,
  kFailure = 2,
};

/// Stable lower-case names ("conversational", "external", "active", "success") and back, as used in JSON and on the command line.
/// @errors  kInvalidArgument (parse_*): an unknown name; the message lists the known ones.
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(Layer layer) noexcept;
MNEMIC_EXPORT std::string_view to_string(Trust trust) noexcept;
MNEMIC_EXPORT std::string_view to_string(State state) noexcept;
MNEMIC_EXPORT std::string_view to_string(Outcome outcome) noexcept;
MNEMIC_EXPORT Result<Layer> parse_layer(std::string_view name);
MNEMIC_EXPORT Result<Trust> parse_trust(std::string_view name);
MNEMIC_EXPORT Result<State> parse_state(std::string_view name);
MNEMIC_EXPORT Result<Outcome> parse_outcome(std::string_view name);

}  // namespace mnemic

template <>
struct std::hash<mnemic::MemoryId> {
  std::size_t operator()(const mnemic::MemoryId& id) const noexcept {
    std::uint64_t h = 0;
    for (auto b : id.bytes()) h = (h ^ b) * 0x100000001b3ULL;
    return static_cast<std::size_t>(h);
  }
};
