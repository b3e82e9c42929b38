// SPDX-License-Identifier: Apache-2.0
// The destructors of the interfaces a caller may implement: out of line, so that each has one home for its vtable.
#include <mnemic/models.hpp>

namespace mnemic {

Embedder::~Embedder() = default;
TokenCounter::~TokenCounter() = default;
Screen::~Screen() = default;

}  // namespace mnemic
