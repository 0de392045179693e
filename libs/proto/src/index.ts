export { DESCRIPTOR_IMAGE } from './gen/descriptor.js';
export { HTTP_ROUTES, REST_MESSAGES, type HttpRoute, type MessageCodec, type RestField } from './gen/http-routes.js';
export { OPENAPI_DOCUMENT } from './gen/openapi.js';
