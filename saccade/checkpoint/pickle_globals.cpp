// The names a checkpoint's pickle may use.
#include "saccade/checkpoint/pickle_globals.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::array<std::pair<std::string_view, DType>, 10> kStorages = {
    {{"torch FloatStorage", DType::kFloat32},
     {"torch HalfStorage", DType::kFloat16},
     {"torch BFloat16Storage", DType::kBFloat16},
     {"torch DoubleStorage", DType::kFloat64},
     {"torch LongStorage", DType::kInt64},
     {"torch IntStorage", DType::kInt32},
     {"torch ShortStorage", DType::kInt16},
     {"torch CharStorage", DType::kInt8},
     {"torch ByteStorage", DType::kUInt8},
     {"torch BoolStorage", DType::kBool}}};

constexpr std::string_view kOthers[] = {"collections OrderedDict",
                                        "torch._utils _rebuild_tensor_v2",
                                        "torch._utils _rebuild_tensor",
                                        "torch._utils _rebuild_parameter",
                                        "torch Size",
                                        "torch device",
                                        "argparse Namespace",
                                        "builtins set",
                                        "__builtin__ set",
                                        "builtins frozenset",
                                        "__builtin__ frozenset",
                                        "numpy.core.multiarray scalar",
                                        "numpy._core.multiarray scalar",
                                        "numpy dtype",
                                        "_codecs encode"};

constexpr std::string_view kDTypes[] = {
    "float32", "float", "float64", "double", "float16", "half", "bfloat16", "int64",
    "long",    "int32", "int",     "int16",  "short",   "int8", "uint8",    "bool"};

template <typename T>
double number_as(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return static_cast<double>(value);
}

PickleNode int_node(std::int64_t number) { return {.kind = PickleKind::kInt, .number = number}; }

}  // namespace

bool is_allowed_global(std::string_view module, std::string_view name) {
  const std::string global = std::string(module) + " " + std::string(name);
  if (dtype_of_storage(global)) return true;
  if (std::find(std::begin(kOthers), std::end(kOthers), global) != std::end(kOthers)) return true;
  return module == "torch" &&
         std::find(std::begin(kDTypes), std::end(kDTypes), name) != std::end(kDTypes);
}

std::optional<DType> dtype_of_storage(std::string_view global) {
  for (const auto& [name, dtype] : kStorages) {
    if (name == global) return dtype;
  }
  return std::nullopt;
}

std::string_view storage_of_dtype(DType dtype) {
  for (const auto& [name, known] : kStorages) {
    if (known == dtype) return name;
  }
  throw Error("a dtype without a torch storage");
}

bool is_numpy_scalar(std::string_view global) {
  return global == "numpy.core.multiarray scalar" || global == "numpy._core.multiarray scalar";
}

std::optional<PickleNode> numpy_number(std::string_view dtype, std::string_view bytes) {
  const auto is = [&](std::string_view name, std::size_t size) {
    return dtype == "numpy dtype " + std::string(name) && bytes.size() == size;
  };
  if (is("f8", 8)) return PickleNode{.kind = PickleKind::kFloat, .real = number_as<double>(bytes)};
  if (is("f4", 4)) return PickleNode{.kind = PickleKind::kFloat, .real = number_as<float>(bytes)};
  if (is("i4", 4)) return int_node(static_cast<std::int64_t>(number_as<std::int32_t>(bytes)));
  if (is("b1", 1)) return PickleNode{.kind = PickleKind::kBool, .number = bytes[0] != 0};
  if (is("i8", 8)) {
    std::int64_t number;
    std::memcpy(&number, bytes.data(), 8);
    return int_node(number);
  }
  return std::nullopt;
}

std::string latin1_bytes(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    const bool two = (byte == 0xC2 || byte == 0xC3) && i + 1 < utf8.size();
    if (byte < 0x80) {
      out += static_cast<char>(byte);
    } else if (two) {
      out += static_cast<char>((byte & 3) << 6 | (utf8[++i] & 0x3F));
    } else {
      out += '?';
    }
  }
  return out;
}

std::string decimal_text(std::span<const std::byte> digits) {
  std::string magnitude(reinterpret_cast<const char*>(digits.data()), digits.size());
  const bool negative = !magnitude.empty() && static_cast<unsigned char>(magnitude.back()) >= 128;
  int carry = 1;
  for (char& byte : magnitude) {
    if (!negative) break;
    const int flipped = (~static_cast<unsigned char>(byte) & 0xFF) + carry;
    byte = static_cast<char>(flipped & 0xFF);
    carry = flipped >> 8;
  }
  std::string text;
  while (!magnitude.empty()) {
    int rest = 0;  // divide by ten, most significant byte first
    for (std::size_t i = magnitude.size(); i-- > 0;) {
      const int value = rest * 256 + static_cast<unsigned char>(magnitude[i]);
      magnitude[i] = static_cast<char>(value / 10);
      rest = value % 10;
    }
    text += static_cast<char>('0' + rest);
    while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
  }
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace saccade
