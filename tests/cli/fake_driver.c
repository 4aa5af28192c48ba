// Stands in for NVIDIA's driver (libcuda.so.1): answers what FAKE_CUDA says, "VERSION;STATUS;NAME,MAJOR,MINOR,GIB;...".
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gpu {
  char name[64];
  int major, minor, gib;
};

static int version, status, count;
static struct gpu gpus[8];

static void read_settings(void) {
  char text[512];
  const char* given = getenv("FAKE_CUDA");
  snprintf(text, sizeof(text), "%s", given ? given : "0;100");
  count = 0;
  char* state = NULL;
  version = atoi(strtok_r(text, ";", &state));
  status = atoi(strtok_r(NULL, ";", &state));
  for (char* entry; (entry = strtok_r(NULL, ";", &state)) != NULL && count < 8; ++count) {
    struct gpu* g = &gpus[count];
    sscanf(entry, "%63[^,],%d,%d,%d", g->name, &g->major, &g->minor, &g->gib);
  }
}

int cuInit(unsigned flags) {
  (void)flags;
  read_settings();
  return status;
}
int cuDriverGetVersion(int* to) {
  read_settings();
  *to = version;
  return 0;
}
int cuDeviceGetCount(int* to) {
  *to = count;
  return 0;
}
int cuDeviceGet(int* device, int index) {
  *device = index;
  return 0;
}
int cuDeviceGetName(char* to, int size, int device) {
  snprintf(to, (size_t)size, "%s", gpus[device].name);
  return 0;
}
int cuDeviceGetAttribute(int* to, int attribute, int device) {
  *to = attribute == 75 ? gpus[device].major : gpus[device].minor;
  return 0;
}
int cuDeviceTotalMem_v2(size_t* to, int device) {
  *to = (size_t)gpus[device].gib << 30;
  return 0;
}
