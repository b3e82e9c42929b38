// SPDX-License-Identifier: Apache-2.0
// Two reports of the bench side by side.
#pragma once

#include <mnemic/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mnemic::cli::bench {

/// A report as read back from JSON.
struct Reading {
  Json machine;
  std::vector<Json::Member> settings;                   ///< memories, scopes, queries, k, text
  std::vector<std::pair<std::string, double>> figures;  ///< "vector.p50_ms", in the order of the report
};

/// @errors  kInvalidArgument: not JSON, or a field is missing or of another type; the message names it.
Result<Reading> read_report(const std::string& json);

struct Ratio {
  std::string name;
  double a = 0;
  double b = 0;
  [[nodiscard]] double ratio() const { return b / a; }  ///< not finite when a is 0
  /// Of two such figures the lower one is better: times, bytes, and ratios to something bare.
  [[nodiscard]] bool lower_is_better() const;
};

struct Comparison {
  std::vector<std::string> warnings;  ///< why the figures may not be comparable
  std::vector<Ratio> ratios;          ///< of every figure in both, in the order of A
};
Comparison compare(const Reading& a, const Reading& b);

}  // namespace mnemic::cli::bench
