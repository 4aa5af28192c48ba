// The two containers of torch.save.
#include "saccade/checkpoint/pth_reader.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "saccade/checkpoint/unpickler.h"
#include "saccade/checkpoint/zip_archive.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {
namespace {

using Bytes = std::span<const std::byte>;

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Bytes of a storage as the pickle describes it.
std::size_t byte_size(const PickledStorage& storage, const std::string& name) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(storage.numel, static_cast<std::int64_t>(size_of(storage.dtype)),
                             &bytes)) {
    throw Error(text_of(name, ": storage ", storage.key, " claims ", storage.numel, " elements"));
  }
  return static_cast<std::size_t>(bytes);
}

bool is_plain_key(const std::string& key) {
  return !key.empty() && key.find('/') == std::string::npos &&
         key.find('\\') == std::string::npos && key != ".." && key != ".";
}

PickleTree read_zip(Bytes bytes, const std::shared_ptr<const void>& owner,
                    const std::string& name) {
  const ZipArchive zip(bytes, name);
  const std::string pickle_name = zip.find_in_root("data.pkl");
  if (pickle_name.empty())
    throw Error(text_of(name, ": a zip file without data.pkl, so no torch checkpoint"));
  const std::string root = pickle_name.substr(0, pickle_name.find('/') + 1);
  if (zip.has(root + "byteorder") && !starts_with(zip.read(root + "byteorder"), "little")) {
    throw Error(text_of(name, ": was written on a big-endian machine, which is not supported"));
  }
  Unpickled unpickled = unpickle(zip.read(pickle_name), name);
  for (const PickledStorage& storage : unpickled.storages) {
    if (!is_plain_key(storage.key))
      throw Error(text_of(name, ": storage key '", storage.key, "' is a path"));
    const Bytes data = zip.read(root + "data/" + storage.key);
    if (data.size() < byte_size(storage, name)) {
      throw Error(text_of(name, ": storage ", storage.key, " has ", data.size(), " bytes, ",
                          byte_size(storage, name), " expected"));
    }
    *storage.storage = Storage{data.first(byte_size(storage, name)), owner};
  }
  check_tensors(unpickled, name);
  return std::move(unpickled.tree);
}

// Four pickles (magic, protocol, system, object), a fifth with the storages' keys, then their data.
class LegacyReader {
 public:
  LegacyReader(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  PickleTree read(const std::shared_ptr<const void>& owner) {
    const Unpickled magic = next_pickle();
    if (magic.tree.top().text != "119547037146038801333356")
      fail("wrong magic number, so no torch checkpoint");
    const Unpickled protocol = next_pickle();
    if (protocol.tree.top().number != 1001) fail("unknown version of the legacy layout");
    const Unpickled system = next_pickle();
    const NodeId little = system.tree.find(system.tree.root, "little_endian");
    if (little == kNoNode || system.tree.at(little).number != 1) {
      fail("was written on a big-endian machine, which is not supported");
    }
    Unpickled object = next_pickle();
    read_storages(object, next_pickle(), owner);
    check_tensors(object, name_);
    return std::move(object.tree);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(text_of(name_, ": ", what)); }

  Unpickled next_pickle() {
    Unpickled read = unpickle(bytes_.subspan(at_), name_);
    at_ += read.bytes_read;
    return read;
  }

  void read_storages(Unpickled& object, const Unpickled& keys,
                     const std::shared_ptr<const void>& owner) {
    std::unordered_map<std::string, const PickledStorage*> by_key;
    for (const PickledStorage& storage : object.storages) by_key[storage.key] = &storage;
    for (const NodeId id : keys.tree.top().items) {
      const std::string& key = keys.tree.at(id).text;
      const auto found = by_key.find(key);
      if (found == by_key.end()) fail(text_of("data for storage ", key, ", which nothing uses"));
      const PickledStorage& storage = *found->second;
      std::int64_t numel = 0;
      if (bytes_.size() - at_ < sizeof(numel)) fail("is cut off before the data of its tensors");
      std::memcpy(&numel, bytes_.data() + at_, sizeof(numel));
      at_ += sizeof(numel);
      if (numel != storage.numel) {
        fail(text_of("storage ", key, " has ", numel, " elements, ", storage.numel, " expected"));
      }
      const std::size_t size = byte_size(storage, name_);
      if (size > bytes_.size() - at_) fail(text_of("is cut off in the data of storage ", key));
      *storage.storage = Storage{bytes_.subspan(at_, size), owner};
      by_key.erase(found);
      at_ += size;
    }
    if (!by_key.empty())
      fail(text_of("the data of storage ", by_key.begin()->first, " is missing"));
  }

  Bytes bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

// Says what a file is that people often have in place of a checkpoint.
void refuse_lookalikes(Bytes bytes, const std::string& name) {
  if (bytes.empty()) throw Error(text_of(name, ": is empty (0 bytes)"));
  if (starts_with(bytes, "version https://git-lfs")) {
    throw Error(text_of(name, ": is a Git LFS pointer, not the checkpoint; run git lfs pull"));
  }
  if (starts_with(bytes, "<") || starts_with(bytes, "\n<")) {
    throw Error(
        text_of(name, ": is a web page, not a checkpoint; the download link answered with a page"));
  }
}

}  // namespace

PickleTree read_pth(Bytes bytes, std::shared_ptr<const void> owner, const std::string& name) {
  refuse_lookalikes(bytes, name);
  if (looks_like_zip(bytes)) return read_zip(bytes, owner, name);
  if (!starts_with(bytes, "\x80"))
    throw Error(text_of(name, ": neither a .pth nor a .safetensors file"));
  return LegacyReader(bytes, name).read(owner);
}

PickleTree read_pth(const std::filesystem::path& path) {
  const auto file = std::make_shared<MappedFile>(path);
  return read_pth(file->bytes(), file, path.string());
}

}  // namespace saccade
