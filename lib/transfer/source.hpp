// SPDX-License-Identifier: Apache-2.0
// The items of one file, whatever it is, one after another; twice: once to check them, once to take them in.
#pragma once

#include "transfer/item.hpp"
#include "transfer/line_file.hpp"
#include "transfer/manifest.hpp"

#include <mnemic/lifecycle/transfer.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mnemic::transfer {

/// How large a file and its lines may be.
struct SourceLimits {
  std::size_t line_bytes = 0;
  std::size_t text_bytes = std::size_t{1} << 30;  // of a format that is one JSON text
  std::size_t depth = 0;                          // of JSON
};

class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual TransferFormat format() const = 0;
  /// Spaces of the vectors in its items.
  [[nodiscard]] virtual const std::vector<EmbeddingSpace>& spaces() const = 0;
  /// The next item; unset at the end, which the file must say is its end.
  /// @throws StatusError kCorruption: cut or changed. kInvalidArgument: a bad line. Both name the line.
  virtual std::optional<PlacedItem> next() = 0;
  /// Begins again, after the item with that mark (0: with the first). Only after all was read once.
  virtual void restart(std::size_t mark) = 0;
  /// Of the whole file, once it was read to its end.
  [[nodiscard]] virtual std::string hash() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_done() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;
};

/// Opens a file and looks at its beginning.
/// @throws StatusError kInvalidArgument: not the format that was said, or none that is known. kUnsupported: a newer one
/// @param place  the namespace in the store of one in the file, which is empty for formats that have none
std::unique_ptr<Source> open_source(const std::filesystem::path& path, TransferFormat format, const SourceLimits& limits,
                                    std::function<Namespace(const Namespace&)> place);

}  // namespace mnemic::transfer
