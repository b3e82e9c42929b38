// SPDX-License-Identifier: Apache-2.0
// Receipts, the ledger and tombstones as JSON.
#include <mnemic/lifecycle/erasure.hpp>

namespace mnemic {
namespace {

Json ids_json(const std::vector<MemoryId>& ids) {
  std::vector<Json> texts;
  for (const MemoryId& id : ids) texts.emplace_back(id.to_string());
  return Json::array(texts);
}

}  // namespace

Json to_json(const EraseReceipt& receipt) {
  return Json::object({{"erased", ids_json(receipt.erased)},
                       {"derived", ids_json(receipt.derived)},
                       {"unlinked", ids_json(receipt.unlinked)},
                       {"versions", std::uint64_t{receipt.versions}},
                       {"relations", std::uint64_t{receipt.relations}},
                       {"jobs", std::uint64_t{receipt.jobs}},
                       {"hashes", Json::array(std::vector<Json>(receipt.hashes.begin(), receipt.hashes.end()))},
                       {"erased_seq", receipt.erased_seq},
                       {"purged_seq", receipt.purged_seq},
                       {"dry_run", receipt.dry_run},
                       {"not_covered", Json::array(std::vector<Json>(receipt.not_covered.begin(), receipt.not_covered.end()))}});
}

Json to_json(const Erasure& erasure) {
  return Json::object({{"erased_seq", erasure.erased_seq},
                       {"at", to_string(erasure.at)},
                       {"by", erasure.by},
                       {"reason", erasure.reason},
                       {"memories", std::uint64_t{erasure.memories}},
                       {"purged_seq", erasure.purged_seq}});
}

Json to_json(const Tombstone& tombstone) {
  std::vector<Json::Member> members{{"kind", to_string(tombstone.kind)}, {"namespace", tombstone.name_space.to_string()}};
  if (!tombstone.hash.empty()) members.emplace_back("hash", tombstone.hash);
  if (tombstone.memory) members.emplace_back("memory", tombstone.memory->to_string());
  members.emplace_back("seq", tombstone.seq);
  if (tombstone.created_at) members.emplace_back("created_at", to_string(*tombstone.created_at));
  members.emplace_back("hits", tombstone.hits);
  if (tombstone.last_hit_at) members.emplace_back("last_hit_at", to_string(*tombstone.last_hit_at));
  return Json::object(members);
}

}  // namespace mnemic
