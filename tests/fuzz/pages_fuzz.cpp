// SPDX-License-Identifier: Apache-2.0
// The pages of a damaged store, read without SQLite. The first byte says whether the others are the file, or the WAL of a file that is whole.
#include <mnemic/mnemic.hpp>

#include "fuzz/target.hpp"
#include "storage/page_scan.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace mnemic;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Files {
  std::string file, wal;
};

/// A store with long values, as it stands while it is open.
const Files& files() {
  static const Files made = [] {
    const auto path = fuzz::file_of("seed/store.db", "");
    std::filesystem::remove(path);
    Options options;
    options.embedder = nullptr;
    const Store store = Store::open(path, options).value();
    const Scope scope = store.scope({"acme"}).value();
    for (int i = 0; i < 3; ++i) (void)scope.put({.key = std::to_string(i), .text = std::string(static_cast<std::size_t>(i) * 3000 + 5, 'x')}).value();
    const auto copy = fuzz::file_of("seed/copy.db", "");
    std::filesystem::remove(copy);
    (void)store.snapshot(copy);
    std::filesystem::copy_file(path.string() + "-wal", fuzz::file_of("seed/wal", ""), std::filesystem::copy_options::overwrite_existing);
    return Files{read(copy), read(path.parent_path() / "wal")};
  }();
  return made;
}

/// The first pages: what is behind them is much and of the same kinds.
std::vector<std::string> seeds() {
  constexpr std::size_t kPage = storage::PageFile::kPage;
  std::vector<std::string> all{std::string(1, '\0') + files().file.substr(0, 6 * kPage), std::string(1, '\1') + files().wal.substr(0, 32 + 3 * (24 + kPage))};
  // And those with rows, each by itself behind a first page.
  for (std::size_t at = kPage; at < files().file.size(); at += kPage) {
    const auto kind = static_cast<unsigned char>(files().file[at]);
    if (kind == 0x0D || kind == 0x0A || kind == 0x05) all.push_back(std::string(1, '\0') + files().file.substr(0, kPage) + files().file.substr(at, kPage));
    if (all.size() > 12) break;
  }
  return all;
}

}  // namespace

MNEMIC_FUZZ_TARGET(pages, seeds) {
  if (bytes.empty()) return;
  const bool is_wal = bytes[0] % 2 != 0;
  bytes.remove_prefix(1);
  static const std::string whole = files().file.substr(0, 6 * storage::PageFile::kPage);
  const auto path = fuzz::file_of("pages/store.db", is_wal ? std::string_view(whole) : bytes);
  fuzz::file_of("pages/store.db-wal", is_wal ? bytes : std::string_view());
  fuzz::attempt([&] {
    const storage::PageFile file(path.string());
    std::size_t sum = 0;  // every byte of a value is looked at
    const auto each = [&](const storage::PageRow& row) {
      for (const storage::PageValue& value : row.values) {
        for (const char byte : value.bytes) sum += static_cast<unsigned char>(byte);
      }
    };
    const std::uint64_t pages = std::min<std::uint64_t>(file.count(), 40);
    for (std::uint64_t page = 0; page <= pages + 1; ++page) {
      file.rows_of(page, each, [](std::uint64_t, std::int64_t, std::string_view) {});
      (void)file.index_rows(page, each);
    }
    fuzz::require(sum < static_cast<std::size_t>(-1), "");
  });
}
