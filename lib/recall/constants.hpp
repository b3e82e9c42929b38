// SPDX-License-Identifier: Apache-2.0
// Every number of the ranking. One configuration for all data; docs/quality.md has the measurements behind each.
#pragma once

#include <cstddef>

namespace mnemic::recall {

// Words: BM25 (Robertson and Zaragoza, 2009, eq. 3.15) with k1, and length normalised by (len + C) / (average + C) instead
// of 1 - b + b len / average. That is b = average / (average + C): .3 for chat turns, .8 for pages, from one constant.
inline constexpr double kK1 = 1.2;
inline constexpr double kLengthPrior = 60;  // terms

// Vectors: cosines count from the mean cosine of the namespace up to the best one. The mean is trusted with n / (n + 4),
// and a best cosine less than kSpread of what is left to 1 above it is taken for noise: three standard deviations (1 / sqrt(384)) of a
// hashed embedding. Of what is left, because the vectors of some encoders all point one way: with a mean of .75 the noise is a
// quarter as wide.
inline constexpr double kMeanPrior = 4;
inline constexpr double kSpread = 0.15;
inline constexpr double kLeastLeft = 0.01;  // where all vectors are one

// Share of the vector arm in the sum. The hashed one has what lowers no set below words alone.
inline constexpr double kHashedVectorWeight = 0.05;
inline constexpr double kStaticVectorWeight = 0.3;
inline constexpr double kModelVectorWeight = 0.5;

// Neighbouring turns: what the turn before and the turn after lend, times kShortTurn / (len + kShortTurn), so that a short
// turn takes more from its surroundings. The turn before lends much when it is another speaker's question.
inline constexpr double kFromQuestion = 0.7;
inline constexpr double kFromPrevious = 0.1;
inline constexpr double kFromNext = 0.5;
inline constexpr double kShortTurn = 150;  // terms

// Searching. Up to kExact visible memories everything is scored by every arm; beyond, each arm nominates its best
// nominees + 2 k, and these and their neighbours are scored. docs/benchmarks.md has what it costs, docs/quality.md what it loses.
inline constexpr std::size_t kExact = 2048;
// A vector arm with more weight than kWeak makes hits of memories in the middle of both arms: then each nominates more.
inline constexpr std::size_t kNominees = 100;
inline constexpr std::size_t kMoreNominees = 300;
inline constexpr double kWeak = 0.25;
// The first pass over sign codes gives the nominees, kFirstPass more and one in kFirstPassShare of all to the exact second.
// A chunk of which less than one row in kSparse may be found is not worth a first pass.
inline constexpr std::size_t kFirstPass = 200;
inline constexpr std::size_t kFirstPassShare = 2000;
inline constexpr std::size_t kSparse = 16;

// The pool that diversity and follow-up passes choose from: k times this, at least and at most so many (but k in any case).
inline constexpr std::size_t kPoolFactor = 4;
inline constexpr std::size_t kLeastPool = 50;
inline constexpr std::size_t kMostPool = 1000;

// What the best of a follow-up pass adds, as a share of the best of the first.
inline constexpr double kPassShare = 0.3;
// The built-in planner asks again with so many words that so many of the first hits share.
inline constexpr std::size_t kFeedbackHits = 5;
inline constexpr std::size_t kFeedbackWords = 5;

// Nearness to a window of time halves with every length of it; lengths are taken to be within these (microseconds).
inline constexpr double kShortWindow = 86'400e6;       // a day
inline constexpr double kLongWindow = 366 * 86'400e6;  // a year

}  // namespace mnemic::recall
