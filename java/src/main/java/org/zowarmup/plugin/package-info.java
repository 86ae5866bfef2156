/** Keys of a config as the components of a record, and plug-ins found by their name. */
package org.zowarmup.plugin;
