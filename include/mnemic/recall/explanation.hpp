// SPDX-License-Identifier: Apache-2.0
// Why a memory was found, or not: what Scope::why answers.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/recall.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// Why a memory was found, or not.
struct Explanation {
  enum class Verdict : std::uint8_t {
    kHit = 1,           ///< among the k
    kBelowCut = 2,      ///< ranked, but below the hits
    kNotNominated = 3,  ///< no arm gives it any score: no word in common, no similar vector
    kFiltered = 4,      ///< the query's filter or layers exclude it
    kExpired = 5,       ///< `expires_at` has passed
    kState = 6,         ///< rejected, superseded or quarantined
    kNotHolding = 7,    ///< a fact that does not hold at the asked moment
    kQuota = 8,         ///< ranked high enough, but the quotas of layers gave its place to another
    kBelowMinimum = 9,  ///< `min_score`, or the minimum of every arm that found it, keeps it out
    kDisplaced = 10,    ///< ranked high enough, but diversity gave its place to one less like the others
  };
  Verdict verdict = Verdict::kNotNominated;
  std::optional<std::size_t> rank;      ///< 1 = best, over everything that was ranked
  double score = 0;
  double cut = 0;                       ///< the lowest score among the k hits; 0 when fewer were found
  ScoreParts parts;
  std::vector<std::string> terms;       ///< terms of the query as searched (folded, stemmed, stop words dropped)
  std::vector<std::string> matched;     ///< those of them the memory has
  std::string reason;                   ///< one sentence for people, without memory text
};

/// Stable lower-case name ("hit", "below_cut", "not_nominated", "filtered", "expired", "state", "not_holding", "quota",
/// "below_minimum", "displaced").
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(Explanation::Verdict verdict) noexcept;

/// As JSON, every field by its name above; unset ones are left out. These names are stable.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Explanation& explanation);

}  // namespace mnemic
