// SPDX-License-Identifier: Apache-2.0
// A table of token vectors: refused, or one whose sums can be made.
#include "core/bytes.hpp"
#include "embed/static_table.hpp"
#include "fuzz/target.hpp"

using namespace mnemic;

namespace {

std::vector<std::string> seeds() {
  core::ByteWriter out;
  out.raw({"mnemic static table 1\n\0\0", 24});
  const std::string vocabulary = "[UNK]\na\ncat\n##s\n!";
  out.value(std::uint32_t{5});
  out.value(std::uint32_t{4});
  out.value(static_cast<std::uint32_t>(vocabulary.size()));
  out.raw(vocabulary);
  for (int i = 0; i < 5; ++i) out.value(static_cast<std::uint16_t>(1000 * i));
  for (int i = 0; i < 10; ++i) out.value(static_cast<std::uint8_t>(37 * i));
  return {out.take()};
}

}  // namespace

MNEMIC_FUZZ_TARGET(static_table, seeds) {
  fuzz::attempt([&] {
    const embed::StaticTable table(bytes);
    std::vector<std::uint32_t> ids;
    table.tokens().encode("A cat sats! zzz", ids, 64);
    std::vector<std::int64_t> sum(table.dimension());
    table.add(ids, sum);
    std::vector<std::int16_t> levels(table.dimension());
    for (std::uint32_t id = 0; id < table.tokens().vocabulary().size(); ++id) {
      table.read(id, levels);
      fuzz::require(table.scale(id) >= 0 && table.scale(id) < 0x8000, "a scale beyond its bits");
    }
  });
}
