// SPDX-License-Identifier: Apache-2.0
// Stable names of the stored enumerations.
#include <mnemic/lifecycle/erasure.hpp>
#include <mnemic/lifecycle/jobs.hpp>
#include <mnemic/lifecycle/policies.hpp>
#include <mnemic/types.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace mnemic {
namespace {

template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<Layer, 4> kLayers{{{Layer::kConversational, "conversational"},
                                   {Layer::kEpisodic, "episodic"},
                                   {Layer::kSemantic, "semantic"},
                                   {Layer::kProcedural, "procedural"}}};
constexpr Names<Trust, 5> kTrusts{{{Trust::kExternal, "external"},
                                   {Trust::kModel, "model"},
                                   {Trust::kTool, "tool"},
                                   {Trust::kUser, "user"},
                                   {Trust::kOperator, "operator"}}};
constexpr Names<State, 6> kStates{{{State::kActive, "active"},
                                   {State::kProposed, "proposed"},
                                   {State::kConfirmed, "confirmed"},
                                   {State::kRejected, "rejected"},
                                   {State::kSuperseded, "superseded"},
                                   {State::kQuarantined, "quarantined"}}};

constexpr Names<Outcome, 3> kOutcomes{
    {{Outcome::kUnknown, "unknown"}, {Outcome::kSuccess, "success"}, {Outcome::kFailure, "failure"}}};

constexpr Names<JobState, 4> kJobStates{{{JobState::kWaiting, "waiting"},
                                         {JobState::kLeased, "leased"},
                                         {JobState::kDone, "done"},
                                         {JobState::kDead, "dead"}}};

constexpr Names<PolicyKind, 4> kPolicyKinds{{{PolicyKind::kExpiry, "expiry"},
                                             {PolicyKind::kRetention, "retention"},
                                             {PolicyKind::kHold, "hold"},
                                             {PolicyKind::kRefusal, "refusal"}}};

constexpr Names<TombstoneKind, 2> kTombstoneKinds{{{TombstoneKind::kErased, "erased"}, {TombstoneKind::kRejected, "rejected"}}};

template <typename Enum, std::size_t N>
std::string_view name_of(const Names<Enum, N>& names, Enum value) noexcept {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "unknown";
}

template <typename Enum, std::size_t N>
Result<Enum> value_of(const Names<Enum, N>& names, std::string_view what, std::string_view name) {
  std::string known;
  for (const auto& [value, known_name] : names) {
    if (known_name == name) return value;
    known += known.empty() ? "" : ", ";
    known += known_name;
  }
  return Status(StatusCode::kInvalidArgument, fmt::format("{}: not one of {}", what, known));
}

}  // namespace

std::string_view to_string(Layer layer) noexcept { return name_of(kLayers, layer); }
std::string_view to_string(Trust trust) noexcept { return name_of(kTrusts, trust); }
std::string_view to_string(State state) noexcept { return name_of(kStates, state); }
std::string_view to_string(Outcome outcome) noexcept { return name_of(kOutcomes, outcome); }
std::string_view to_string(JobState state) noexcept { return name_of(kJobStates, state); }
std::string_view to_string(PolicyKind kind) noexcept { return name_of(kPolicyKinds, kind); }
std::string_view to_string(TombstoneKind kind) noexcept { return name_of(kTombstoneKinds, kind); }
Result<Layer> parse_layer(std::string_view name) { return value_of(kLayers, "layer", name); }
Result<Trust> parse_trust(std::string_view name) { return value_of(kTrusts, "trust", name); }
Result<State> parse_state(std::string_view name) { return value_of(kStates, "state", name); }
Result<Outcome> parse_outcome(std::string_view name) { return value_of(kOutcomes, "outcome", name); }
Result<JobState> parse_job_state(std::string_view name) { return value_of(kJobStates, "state", name); }
Result<PolicyKind> parse_policy_kind(std::string_view name) { return value_of(kPolicyKinds, "kind", name); }

}  // namespace mnemic
