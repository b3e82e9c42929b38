// SPDX-License-Identifier: Apache-2.0
#include "engine/space_settings.hpp"

#include "core/error.hpp"
#include "engine/embedders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace mnemic::engine {
namespace {

constexpr std::string_view kSetting = "spaces";  // "own next kept…", 0: none

}  // namespace

SpaceSettings SpaceSettings::read(storage::Reader& reader) {
  SpaceSettings settings;
  const std::string text = reader.setting(kSetting);
  std::vector<storage::SpaceId> ids;
  for (const char* at = text.data(); at != text.data() + text.size();) {
    storage::SpaceId id = 0;
    const auto [end, error] = std::from_chars(at, text.data() + text.size(), id);
    if (error != std::errc()) core::fail(StatusCode::kCorruption, "the setting 'spaces' is no list of numbers");
    ids.push_back(id);
    at = end == text.data() + text.size() ? end : end + 1;
  }
  if (!ids.empty() && ids[0] != 0) settings.own = ids[0];
  if (ids.size() > 1 && ids[1] != 0) settings.next = ids[1];
  if (ids.size() > 2) settings.kept.assign(ids.begin() + 2, ids.end());
  return settings;
}

void SpaceSettings::write(storage::Writer& writer) const {
  std::vector<storage::SpaceId> ids{own.value_or(0), next.value_or(0)};
  ids.insert(ids.end(), kept.begin(), kept.end());
  writer.set_setting(kSetting, fmt::format("{}", fmt::join(ids, " ")));
}

std::vector<storage::SpaceId> SpaceSettings::all() const {
  std::vector<storage::SpaceId> ids = kept;
  if (own) ids.push_back(*own);
  if (next) ids.push_back(*next);
  return ids;
}

void SpaceSettings::keep(storage::SpaceId space) {
  unkeep(space);
  kept.push_back(space);
}

void SpaceSettings::unkeep(storage::SpaceId space) { std::erase(kept, space); }

std::string name_of_space(storage::Reader& reader, storage::SpaceId id) {
  for (const storage::SpaceRow& row : reader.spaces()) {
    if (row.id == id) return full_name(row.space);
  }
  return {};
}

}  // namespace mnemic::engine
