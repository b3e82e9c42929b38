// SPDX-License-Identifier: Apache-2.0
// Files to import: the first byte says as what, the others are the file; and each of its lines by itself.
#include <mnemic/mnemic.hpp>

#include "fuzz/target.hpp"
#include "transfer/lines.hpp"
#include "transfer/manifest.hpp"
#include "transfer/source.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace mnemic;

namespace {

constexpr char kFormats = 6;

std::string exported() {
  Options options;
  options.embedder = nullptr;
  const Store store = Store::open(":memory:", options).value();
  const Scope scope = store.scope({"acme", "ada"}).value();
  const auto first = scope.put({.key = "seat", .text = "Prefers window seats", .vectors = {{"mine", {0.6F, 0.8F}}}, .tags = {"travel"}}).value();
  (void)scope.put({.key = "seat", .text = "Prefers aisle seats"}).value();
  const auto other = scope.put({.text = "Flies on Mondays"}).value();
  (void)scope.relate(first, "used_in", other);
  const auto path = fuzz::file_of("export.jsonl", "");
  std::filesystem::remove(path);
  (void)store.admin().export_to(path, {.vectors = true, .history = true}).value();
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> seeds() {
  const std::string whole = exported();
  return {
      std::string(1, '\1') + whole,
      std::string(1, '\0') + R"({"results": [{"id": "5f1c9d5e-3a41-4a5e-9a53-0d7a6a3c1b01", "memory": "Keeps bees", "metadata": {"topic": "hobby"}, )"
                             R"("created_at": "2025-03-01T09:30:00.250000-08:00", "user_id": "ada", "categories": ["a"]}]})",
      std::string(1, '\0') + R"([{"id": "h1", "memory_id": "m-1", "old_memory": null, "new_memory": "Lives in Porto", "event": "ADD", )"
                             R"("created_at": "2025-01-01T00:00:00+00:00"}, {"id": "h2", "memory_id": "m-1", "new_memory": null, "event": "DELETE"}])",
      std::string(1, '\0') + R"({"namespace": ["users", "ada"], "key": "food", "value": {"likes": "figs"}, "created_at": "2025-05-01T08:00:00.123456+00:00"})" "\n",
      std::string(1, '\0') + R"({"type":"entity","name":"Ada","entityType":"person","observations":["Keeps bees"]})" "\n"
                             R"({"type":"relation","from":"Ada","to":"Hive 3","relationType":"looks after"})" "\n",
      std::string(1, '\0') + R"({"agents": [{"name": "Rook", "id": "agent-0", "block_ids": ["block-0"], "messages": [{"type": "message", "id": "m", )"
                             R"("role": "user", "content": [{"type": "text", "text": "My bike is red."}], "created_at": "2025-06-01T10:00:00+00:00"}]}], )"
                             R"("blocks": [{"id": "block-0", "label": "human", "value": "Name: Ada"}], "passages": []})",
  };
}

void read_line(std::string_view text) {
  const Json line = core::take(Json::parse(text));
  const Json kind = line["kind"];
  fuzz::attempt([&] { (void)transfer::to_manifest(line); });
  fuzz::attempt([&] { (void)transfer::to_trailer(line); });
  fuzz::attempt([&] { (void)transfer::to_version(line); });
  if (kind.is_string()) fuzz::attempt([&] { (void)transfer::to_item(kind.as_string(), line); });
}

}  // namespace

MNEMIC_FUZZ_TARGET(import, seeds) {
  if (bytes.empty()) return;
  const auto format = static_cast<TransferFormat>(static_cast<unsigned char>(bytes[0]) % kFormats);
  bytes.remove_prefix(1);
  const auto path = fuzz::file_of("import.jsonl", bytes);
  fuzz::attempt([&] {
    const auto source = transfer::open_source(path, format, {.line_bytes = 1 << 20, .text_bytes = 1 << 20, .depth = 32},
                                              [](const Namespace& inside) { return inside; });
    std::size_t items = 0;
    while (source->next()) ++items;
    source->restart(0);
    std::size_t again = 0;
    while (source->next()) ++again;
    fuzz::require(items == again, "other items the second time");
  });
  for (std::size_t at = 0, lines = 0; at < bytes.size() && lines < 20; ++lines) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    fuzz::attempt([&] { read_line(bytes.substr(at, end - at)); });
    at = end + 1;
  }
}
