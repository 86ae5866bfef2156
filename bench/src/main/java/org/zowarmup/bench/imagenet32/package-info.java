/** ImageNet32 at full size: files of its form to load, and how fast they load. */
package org.zowarmup.bench.imagenet32;
