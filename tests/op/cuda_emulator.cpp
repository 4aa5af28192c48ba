// Fibers for the threads of a block.
#include "tests/op/cuda_emulator.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace saccade::cuda {

EmulatedIndex threadIdx, blockIdx, gridDim;

namespace {

#if defined(__SANITIZE_ADDRESS__)
using Place = ucontext_t;
#else
using Place = jmp_buf;
#endif

constexpr std::size_t kStack = std::size_t{64} << 10;
constexpr unsigned kWarp = 32;

struct Fiber {
  ucontext_t start{};  // on its own stack
  Place at;
  std::unique_ptr<char[]> stack = std::make_unique_for_overwrite<char[]>(kStack);
  bool started = false, done = false;
  std::uint64_t waits_for = 0;        // round of its warp
  std::uint64_t waits_for_block = 0;  // round of the block
};

struct Warp {
  unsigned arrived = 0;
  std::uint64_t round = 0;
  std::array<std::array<char, 8>, kWarp> slots{};
  std::array<int, kWarp> masks{};
};

// The block that runs; one at a time, on one thread.
struct Block {
  std::vector<Fiber> fibers;
  std::vector<Warp> warps;
  Place scheduler;
  const std::function<void()>* thread = nullptr;
  unsigned running = 0;
  unsigned arrived = 0;
  std::uint64_t round = 0;
};
Block block;

#if defined(__SANITIZE_ADDRESS__)
// It wants to know of every change of stacks, and takes a longjmp for the end of the frames between.
void change_place(Place& from, Place& next, const void* stack, std::size_t size) {
  static void* kept = nullptr;
  __sanitizer_start_switch_fiber(&kept, stack, size);
  swapcontext(&from, &next);
  __sanitizer_finish_switch_fiber(kept, nullptr, nullptr);
}

void leave() {
  static const auto [stack, size] = [] {
    pthread_attr_t attributes;
    void* address = nullptr;
    std::size_t bytes = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &address, &bytes);
    pthread_attr_destroy(&attributes);
    return std::pair{address, bytes};
  }();
  change_place(block.fibers[block.running].at, block.scheduler, stack, size);
}

void resume(Fiber& fiber) {
  if (!fiber.started) fiber.at = fiber.start;
  fiber.started = true;
  change_place(block.scheduler, fiber.at, fiber.stack.get(), kStack);
}
#else
// swapcontext asks the kernel for the signal mask each time; a jump does not.
void leave() {
  if (_setjmp(block.fibers[block.running].at) == 0) _longjmp(block.scheduler, 1);
}

void resume(Fiber& fiber) {
  if (_setjmp(block.scheduler) != 0) return;
  if (fiber.started) _longjmp(fiber.at, 1);
  fiber.started = true;
  setcontext(&fiber.start);
}
#endif

void fiber_main() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  (*block.thread)();
  block.fibers[block.running].done = true;
  leave();
}

void enter(unsigned i) {
  block.running = i;
  threadIdx.x = i;
  resume(block.fibers[i]);
}

void prepare(unsigned threads) {
  block.fibers.resize(threads);
  block.warps.assign((threads + kWarp - 1) / kWarp, {});
  block.arrived = 0;
  block.round = 0;
  for (Fiber& fiber : block.fibers) {
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = fiber.stack.get();
    fiber.start.uc_stack.ss_size = kStack;
    fiber.start.uc_link = nullptr;
    fiber.started = fiber.done = false;
    fiber.waits_for = fiber.waits_for_block = 0;
    makecontext(&fiber.start, &fiber_main, 0);
  }
}

// Until every thread has ended.
void run_block(std::mt19937& random) {
  const auto threads = static_cast<unsigned>(block.fibers.size());
  std::vector<unsigned> order(threads);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), random);
  for (bool moved = true; moved;) {
    moved = false;
    for (const unsigned i : order) {
      const Fiber& fiber = block.fibers[i];
      if (fiber.done || fiber.waits_for > block.warps[i / kWarp].round ||
          fiber.waits_for_block > block.round)
        continue;
      moved = true;
      enter(i);
    }
  }
  for (const Fiber& fiber : block.fibers) {
    if (!fiber.done)
      throw std::logic_error(
          "a lane waits at a barrier that others of its warp or block never reach");
  }
}

}  // namespace

Emulation& emulation() {
  static Emulation state;
  return state;
}

void sync_warp() {
  Warp& warp = block.warps[block.running / kWarp];
  const std::uint64_t round = warp.round + 1;
  if (++warp.arrived == kWarp) {
    warp.arrived = 0;
    warp.round = round;
    return;
  }
  block.fibers[block.running].waits_for = round;
  leave();
}

void exchange(const void* own, void* other, std::size_t bytes, int mask) {
  Warp& warp = block.warps[block.running / kWarp];
  const unsigned lane = block.running % kWarp;
  std::memcpy(warp.slots[lane].data(), own, bytes);
  warp.masks[lane] = mask;
  sync_warp();
  const unsigned from = lane ^ static_cast<unsigned>(mask);
  if (warp.masks[from] != mask) throw std::logic_error("lanes of a warp shuffle differently");
  std::memcpy(other, warp.slots[from].data(), bytes);
  sync_warp();
}

void sync_block() {
  const std::uint64_t round = block.round + 1;
  if (++block.arrived == block.fibers.size()) {
    block.arrived = 0;
    block.round = round;
    return;
  }
  block.fibers[block.running].waits_for_block = round;
  leave();
}

namespace {

// What every lane of the warp gave, 8 bytes each.
template <typename X>
std::array<X, kWarp> all_of_warp(const X& own) {
  static_assert(sizeof(X) == 8);
  Warp& warp = block.warps[block.running / kWarp];
  std::memcpy(warp.slots[block.running % kWarp].data(), &own, 8);
  sync_warp();
  std::array<X, kWarp> all;
  std::memcpy(all.data(), warp.slots.data(), sizeof(all));
  sync_warp();
  return all;
}

using Pair = std::array<std::uint32_t, 2>;

float value_of(Half, std::uint16_t bits) { return half_bits_to_float(bits); }
float value_of(BFloat16, std::uint16_t bits) {
  return bits_to_float(static_cast<std::uint32_t>(bits) << 16);
}

template <typename T>
void multiply_add_values(float (&sums)[4], const std::uint32_t (&left)[4],
                         const std::uint32_t (&right)[2]) {
  const auto upper = all_of_warp(Pair{left[0], left[2]}),
             lower = all_of_warp(Pair{left[1], left[3]});
  const auto columns = all_of_warp(Pair{right[0], right[1]});
  const auto value = [](const std::array<Pair, kWarp>& of, unsigned group, unsigned k) {
    const std::uint32_t word = of[group * 4 + k % 8 / 2][k / 8];
    return value_of(T{}, static_cast<std::uint16_t>(k % 2 == 0 ? word : word >> 16));
  };
  const unsigned lane = block.running % kWarp;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned row = lane / 4, column = lane % 4 * 2 + i % 2;
    for (unsigned k = 0; k < 16; ++k)
      sums[i] += value(i < 2 ? upper : lower, row, k) * value(columns, column, k);
  }
}

}  // namespace

int least_of_warp(int x) {
  int least = x;
  for (const auto other : all_of_warp(static_cast<std::int64_t>(x)))
    least = std::min(least, static_cast<int>(other));
  return least;
}

void load_four_matrices(const void* row, bool transposed, std::uint32_t (&to)[4]) {
  const auto rows = all_of_warp(reinterpret_cast<std::uintptr_t>(row));
  const unsigned lane = block.running % kWarp;
  const auto value = [&](unsigned matrix, unsigned r, unsigned column) {
    return reinterpret_cast<const std::uint16_t*>(rows[matrix * 8 + r])[column];
  };
  for (unsigned m = 0; m < 4; ++m) {
    const unsigned fixed = lane / 4, first = lane % 4 * 2;
    const std::uint32_t a = transposed ? value(m, first, fixed) : value(m, fixed, first);
    const std::uint32_t b = transposed ? value(m, first + 1, fixed) : value(m, fixed, first + 1);
    to[m] = a | b << 16;
  }
}

void multiply_add(Half, float (&sums)[4], const std::uint32_t (&left)[4],
                  const std::uint32_t (&right)[2]) {
  multiply_add_values<Half>(sums, left, right);
}
void multiply_add(BFloat16, float (&sums)[4], const std::uint32_t (&left)[4],
                  const std::uint32_t (&right)[2]) {
  multiply_add_values<BFloat16>(sums, left, right);
}

void run_blocks(unsigned blocks, unsigned threads, const std::function<void()>& thread) {
  ++emulation().started;
  std::mt19937 random(emulation().seed);
  block.thread = &thread;
  gridDim.x = std::min(blocks, emulation().most_blocks);
  for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) {
    prepare(threads);
    run_block(random);
  }
}

float bits_to_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

std::uint16_t float_to_bfloat16_bits(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return 0x7FFF;
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

// By value, not by bits: simple, and exact.
float half_bits_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float sign = bits & 0x8000 ? -1.0F : 1.0F;
  const auto mantissa = static_cast<float>(bits & 1023);
  if (exponent == 31) return mantissa == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

std::uint16_t float_to_half_bits(float x) {
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  if (std::isnan(x)) return 0x7FFF;
  const float size = std::fabs(x);
  if (size >= 65520) return sign | 0x7C00;
  const int exponent = std::max(std::ilogb(std::max(size, 0x1p-24F)), -14);
  const float steps = std::nearbyint(std::ldexp(size, 10 - exponent));  // ties to even
  // With the implied bit 1024 steps are one exponent more; a carry needs nothing of its own.
  const auto bits = static_cast<int>(steps) + ((exponent + 14) << 10);
  return static_cast<std::uint16_t>(sign | bits);
}

}  // namespace saccade::cuda
