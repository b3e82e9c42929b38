// SPDX-License-Identifier: Apache-2.0
// Hits and explanations as JSON.
#include <mnemic/recall.hpp>
#include <mnemic/recall/explanation.hpp>

namespace mnemic {
namespace {

Json strings(const std::vector<std::string>& texts) { return Json::array(std::vector<Json>(texts.begin(), texts.end())); }

}  // namespace

std::string_view to_string(Explanation::Verdict verdict) noexcept {
  switch (verdict) {
    case Explanation::Verdict::kHit: return "hit";
    case Explanation::Verdict::kBelowCut: return "below_cut";
    case Explanation::Verdict::kNotNominated: return "not_nominated";
    case Explanation::Verdict::kFiltered: return "filtered";
    case Explanation::Verdict::kExpired: return "expired";
    case Explanation::Verdict::kState: return "state";
    case Explanation::Verdict::kNotHolding: return "not_holding";
    case Explanation::Verdict::kQuota: return "quota";
    case Explanation::Verdict::kBelowMinimum: return "below_minimum";
    case Explanation::Verdict::kDisplaced: return "displaced";
  }
  return "unknown";
}

Json to_json(const ScoreParts& parts) {
  std::vector<Json::Member> members{{"words", parts.words},
                                    {"vector", parts.vector},
                                    {"neighbours", parts.neighbours},
                                    {"recency", parts.recency},
                                    {"importance", parts.importance},
                                    {"author", parts.author},
                                    {"window", parts.window},
                                    {"layer", parts.layer},
                                    {"passes", parts.passes}};
  if (parts.bm25) members.emplace_back("bm25", *parts.bm25);
  if (parts.cosine) members.emplace_back("cosine", *parts.cosine);
  if (parts.words_rank) members.emplace_back("words_rank", *parts.words_rank);
  if (parts.vector_rank) members.emplace_back("vector_rank", *parts.vector_rank);
  if (parts.rerank) members.emplace_back("rerank", *parts.rerank);
  return Json::object(members);
}

Json to_json(const Hit& hit) {
  std::vector<Json::Member> members{{"memory", to_json(hit.memory)}, {"score", hit.score}, {"parts", to_json(hit.parts)}};
  if (hit.holds) {
    std::vector<Json::Member> holds{{"since", to_string(hit.holds->since)}};
    if (hit.holds->until) holds.emplace_back("until", to_string(*hit.holds->until));
    members.emplace_back("holds", Json::object(holds));
  }
  if (hit.passage) {
    const auto& [begin, end, text] = *hit.passage;
    members.emplace_back("passage", Json::object({{"begin", std::uint64_t{begin}}, {"end", std::uint64_t{end}}, {"text", text}}));
  }
  return Json::object(members);
}

Json to_json(const Explanation& explanation) {
  std::vector<Json::Member> members{{"verdict", to_string(explanation.verdict)}};
  if (explanation.rank) members.emplace_back("rank", *explanation.rank);
  members.emplace_back("score", explanation.score);
  members.emplace_back("cut", explanation.cut);
  members.emplace_back("parts", to_json(explanation.parts));
  members.emplace_back("terms", strings(explanation.terms));
  members.emplace_back("matched", strings(explanation.matched));
  members.emplace_back("reason", explanation.reason);
  return Json::object(members);
}

}  // namespace mnemic
