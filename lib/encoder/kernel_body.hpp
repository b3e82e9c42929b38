// SPDX-License-Identifier: Apache-2.0
// The kernels themselves, for the instruction set of the including file, which has renamed Eigen, included it, and defined
// kLanes (floats of a register) and kRows (rows of a tile: 2 · kRows sums, two columns' and one row's values fit the registers).
// Only built-in types, static functions and the renamed Eigen: anything else compiled here might be picked by the linker for a
// machine that cannot run it.

/// Eigen's arrays of this size are whole registers on every target, so every value takes the vectorised path.
typedef Eigen::Array<float, 16, 1> Block;
typedef Eigen::Map<Block> Blocks;
typedef Eigen::Map<const Block> ConstBlocks;

typedef float Register __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));
static const std::size_t kPanel = 2 * kLanes;  // columns
/// Floats of a panel asked for before they are wanted: the weights come from main memory when texts come singly, and the hardware stops
/// reading ahead at the end of every page (measured: 5 to 20 % less time).
static const std::size_t kAhead = 1536;

static void pack(const float* b, std::size_t down, std::size_t right, std::size_t k, std::size_t n, float* panels) {
  for (std::size_t start = 0; start < n; start += kPanel) {
    const std::size_t columns = n - start < kPanel ? n - start : kPanel;
    for (std::size_t i = 0; i < k; ++i) {
      const float* row = b + i * down + start * right;
      for (std::size_t j = 0; j < columns; ++j) panels[j] = row[j * right];
      for (std::size_t j = columns; j < kPanel; ++j) panels[j] = 0;
      panels += kPanel;
    }
  }
}

/// Rows × kPanel sums in registers.
template <int Rows>
static void multiply_tile(const float* a, std::size_t a_stride, const float* panel, const float* bias, std::size_t k, float* c,
                          std::size_t c_stride) {
  Register left[Rows];
  Register right[Rows];
#pragma GCC unroll 16
  for (int row = 0; row < Rows; ++row) {
    left[row] = Register{};
    right[row] = Register{};
  }
  for (std::size_t i = 0; i < k; ++i) {
    const Register b0 = *reinterpret_cast<const Register*>(panel);
    const Register b1 = *reinterpret_cast<const Register*>(panel + kLanes);
    __builtin_prefetch(panel + kAhead);
    panel += kPanel;
#pragma GCC unroll 16
    for (int row = 0; row < Rows; ++row) {
      const float value = a[row * a_stride + i];
      left[row] += b0 * value;
      right[row] += b1 * value;
    }
  }
  const Register bias0 = bias == nullptr ? Register{} : *reinterpret_cast<const Register*>(bias);
  const Register bias1 = bias == nullptr ? Register{} : *reinterpret_cast<const Register*>(bias + kLanes);
#pragma GCC unroll 16
  for (int row = 0; row < Rows; ++row) {
    *reinterpret_cast<Register*>(c + row * c_stride) = left[row] + bias0;
    *reinterpret_cast<Register*>(c + row * c_stride + kLanes) = right[row] + bias1;
  }
}

/// The rows that do not fill a tile.
template <int Rows>
static void multiply_rest(std::size_t rows, const float* a, std::size_t a_stride, const float* panel, const float* bias,
                          std::size_t k, float* c, std::size_t c_stride) {
  if constexpr (Rows > 0) {
    if (rows == Rows) {
      multiply_tile<Rows>(a, a_stride, panel, bias, k, c, c_stride);
    } else {
      multiply_rest<Rows - 1>(rows, a, a_stride, panel, bias, k, c, c_stride);
    }
  }
}

static void multiply(const float* a, std::size_t a_stride, const float* panels, const float* bias, std::size_t m, std::size_t k,
                     std::size_t n, float* c, std::size_t c_stride) {
  for (std::size_t column = 0; column < n; column += kPanel) {
    const float* of_column = bias == nullptr ? nullptr : bias + column;
    std::size_t row = 0;
    for (; row + kRows <= m; row += kRows) {
      multiply_tile<kRows>(a + row * a_stride, a_stride, panels, of_column, k, c + row * c_stride + column, c_stride);
    }
    multiply_rest<kRows - 1>(m - row, a + row * a_stride, a_stride, panels, of_column, k, c + row * c_stride + column, c_stride);
    panels += k * kPanel;
  }
}

static void softmax(float* rows, std::size_t stride, std::size_t m, std::size_t n) {
  const std::size_t width = (n + 15) / 16 * 16;
  for (std::size_t row = 0; row < m; ++row) {
    float* x = rows + row * stride;
    for (std::size_t j = n; j < width; ++j) x[j] = -1e30F;
    Block top = ConstBlocks(x);
    for (std::size_t j = 16; j < width; j += 16) top = top.max(ConstBlocks(x + j));
    const float most = top.maxCoeff();
    Block sums = Block::Zero();
    for (std::size_t j = 0; j < width; j += 16) {
      const Block power = (ConstBlocks(x + j) - most).exp();
      sums += power;
      Blocks(x + j) = power;
    }
    const float share = 1.0F / sums.sum();
    for (std::size_t j = 0; j < width; j += 16) Blocks(x + j) *= share;
  }
}

static void gelu(float* x, std::size_t count) {
  const float root_half = 0.70710678118654752F;
  for (std::size_t i = 0; i < count; i += 16) {
    const Block value = ConstBlocks(x + i);
    Blocks(x + i) = 0.5F * value * (1.0F + (value * root_half).erf());
  }
}

static void gelu_tanh(float* x, std::size_t count) {
  const float root = 0.79788456080286536F;  // of 2 / pi
  for (std::size_t i = 0; i < count; i += 16) {
    const Block value = ConstBlocks(x + i);
    Blocks(x + i) = 0.5F * value * (1.0F + (root * (value + 0.044715F * value * value * value)).tanh());
  }
}

static void normalise(float* x, const float* y, const float* ones, const float* gain, const float* shift, float epsilon,
                      std::size_t m, std::size_t n) {
  const std::size_t width = padded(n);
  for (std::size_t row = 0; row < m; ++row) {
    Block sums = Block::Zero();
    for (std::size_t j = 0; j < width; j += 16) {
      Block value = ConstBlocks(x + j);
      if (y != nullptr) value += ConstBlocks(y + j);
      sums += value;
      Blocks(x + j) = value;
    }
    const float mean = sums.sum() / static_cast<float>(n);
    Block squares = Block::Zero();
    for (std::size_t j = 0; j < width; j += 16) {
      const Block off = (ConstBlocks(x + j) - mean) * ConstBlocks(ones + j);
      squares += off * off;
    }
    const float scale = 1.0F / __builtin_sqrtf(squares.sum() / static_cast<float>(n) + epsilon);
    for (std::size_t j = 0; j < width; j += 16) {
      Blocks(x + j) = (ConstBlocks(x + j) - mean) * scale * ConstBlocks(gain + j) + ConstBlocks(shift + j);
    }
    x += width;
    if (y != nullptr) y += width;
  }
}
